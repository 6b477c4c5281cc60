package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// tally is how far something is at one moment.
type tally struct {
	done   int64 // units finished, failures included
	total  int64 // 0: not known
	failed int64
	bytes  int64 // 0: not counted
}

// line is the tally in words: counts, rate and remaining time, measured over
// elapsed. Both the bar and the line of a log show it.
func (t tally) line(elapsed time.Duration) string {
	parts := []string{commas(t.done)}
	if t.total > 0 {
		parts[0] += " of " + commas(t.total)
	}
	if s := elapsed.Seconds(); s > 0 && t.done > 0 {
		rate := float64(t.done) / s
		parts = append(parts, perSecond(rate))
		if t.bytes > 0 {
			parts = append(parts, size(int64(float64(t.bytes)/s))+"/s")
		}
		if t.total > t.done {
			left := time.Duration(float64(t.total-t.done) / rate * float64(time.Second))
			parts = append(parts, rounded(left)+" left")
		}
	}
	if t.failed > 0 {
		parts = append(parts, commas(t.failed)+" failed")
	}
	return strings.Join(parts, ", ")
}

// commas writes n with a comma every three digits.
func commas(n int64) string {
	s := strconv.FormatInt(n, 10)
	digits := strings.TrimPrefix(s, "-")
	var b strings.Builder
	b.WriteString(s[:len(s)-len(digits)])
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

func perSecond(rate float64) string {
	if rate < 10 {
		return strconv.FormatFloat(rate, 'f', 1, 64) + "/s"
	}
	return commas(int64(rate)) + "/s"
}

// size writes bytes with a binary unit: 1536 is 1.5 KiB.
func size(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	f, unit := float64(n), 0
	for f >= 1024 && unit < 6 {
		f /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", f, " KMGTPE"[unit])
}

// rounded is d without the digits that nobody reads.
func rounded(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < time.Hour:
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s") // whole minutes always end in 0s
}
