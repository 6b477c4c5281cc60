package jetstore

import (
	"fmt"
	"strings"
	"sync"
)

// serverLog keeps what the embedded server says in warnings and errors, since
// that is the only place where it tells of damage it found on disk.
type serverLog struct {
	mu    sync.Mutex
	lines []string
}

// maxLogLines bounds what is kept; the first lines tell the most.
const maxLogLines = 100

func (l *serverLog) keep(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) < maxLogLines {
		l.lines = append(l.lines, fmt.Sprintf(format, v...))
	}
}

// damageWords appear in what nats-server 2.15 logs when it recovers a store
// that is not what it wrote.
var damageWords = []string{"corrupt", "checksum", "truncat", "damaged", "error recovering", "error recreating", "bad message", "lost data",
	"failed to decode", "could not be recovered", "error unmarshalling", "error adding stream", "state file", "missing"}

// damage is the first line that tells of damage, empty when there is none.
func (l *serverLog) damage() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		lower := strings.ToLower(line)
		for _, word := range damageWords {
			if strings.Contains(lower, word) {
				return line
			}
		}
	}
	return ""
}

func (l *serverLog) worst() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "; ")
}

func (l *serverLog) Warnf(format string, v ...any)  { l.keep(format, v...) }
func (l *serverLog) Errorf(format string, v ...any) { l.keep(format, v...) }
func (l *serverLog) Fatalf(format string, v ...any) { l.keep(format, v...) }
func (l *serverLog) Noticef(string, ...any)         {}
func (l *serverLog) Debugf(string, ...any)          {}
func (l *serverLog) Tracef(string, ...any)          {}
