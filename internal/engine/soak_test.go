//go:build soak && unix

package engine_test

import "testing"

func TestSoakAStreamLeaderStoppedAndKilledTwentyTimesUnderLoad(t *testing.T) {
	strikeUnderLoad(t, strikes(20))
}
