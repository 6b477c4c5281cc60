package answer

import "time"

// isoTime reads the form of time that S3's documents have, with or without
// milliseconds. What is no time is zero.
func isoTime(b []byte) time.Time {
	// A listing holds a thousand of them, nearly all in one of two forms.
	if len(b) == len("2006-01-02T15:04:05Z") || len(b) == len("2006-01-02T15:04:05.000Z") {
		if t, ok := fixedTime(b); ok {
			return t
		}
	}
	t, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// fixedTime reads the two common forms, within the ranges of a calendar that
// needs no look at the month's length.
func fixedTime(b []byte) (time.Time, bool) {
	const form = "0000-00-00T00:00:00.000Z"
	var n [24]int
	for i, c := range b {
		want := form[i]
		if i == len(b)-1 {
			want = 'Z'
		}
		switch {
		case want == '0' && '0' <= c && c <= '9':
			n[i] = int(c - '0')
		case want == '0' || c != want:
			return time.Time{}, false
		}
	}
	month, day := n[5]*10+n[6], n[8]*10+n[9]
	hour, minute, second := n[11]*10+n[12], n[14]*10+n[15], n[17]*10+n[18]
	if month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	milli := 0
	if len(b) == len(form) {
		milli = n[20]*100 + n[21]*10 + n[22]
	}
	return time.Date(n[0]*1000+n[1]*100+n[2]*10+n[3], time.Month(month), day, hour, minute, second, milli*1e6, time.UTC), true
}
