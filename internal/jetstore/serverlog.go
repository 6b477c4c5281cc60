package jetstore

import (
	"fmt"
	"strings"
	"sync"
)

// serverLog keeps what the embedded server says in warnings and errors: the
// only place where it tells why it leaves a stream out.
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

// damageWords appear in what nats-server 2.15 logs when it leaves a stream out
// at start (jetstream.go, EnableJetStream). What it says of blocks, of the
// index that it makes from them, and of most that is wrong with a consumer, is
// no damage: blocks are read before it starts, the rest can be made again.
func damageWords() []string {
	return []string{"stream metafile", "stream checksum", "error reading metafile", "error recreating stream", "unsupported stream", "partial batch",
		"error adding consumer"} // one whose state is garbage: it stands in its own way
}

// damage is the first line that tells of damage, empty when there is none.
func (l *serverLog) damage() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		lower := strings.ToLower(line)
		for _, word := range damageWords() {
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
