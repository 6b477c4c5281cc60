//go:build soak

package main

import "testing"

func TestSoakTenDeathsOfTheWholeCloudInJobsOf20000Tasks(t *testing.T) {
	outliveDeaths(t, 20_000, 10)
}
