package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// lineEvery is how often progress is told where there is no terminal.
const lineEvery = 10 * time.Second

// meter tells on standard error how far one thing is: a bar on a terminal, a
// line every ten seconds elsewhere. It is safe for use by many goroutines.
type meter struct {
	name  string
	out   io.Writer
	now   func() time.Time
	begun time.Time

	mu      sync.Mutex
	present tally

	bars *mpb.Progress // nil: lines
	bar  *mpb.Bar
	stop chan struct{}
	over sync.WaitGroup
}

// newMeter begins to tell about name, such as "copy". It must be closed.
func (e *env) newMeter(name string, total int64) *meter {
	if e.terminal {
		return e.newBar(name, total)
	}
	ticker := time.NewTicker(lineEvery)
	m := e.newLines(name, total, ticker.C)
	m.over.Add(1)
	go func() { defer m.over.Done(); <-m.stop; ticker.Stop() }()
	return m
}

// newLines is a meter that writes a line at every tick.
func (e *env) newLines(name string, total int64, ticks <-chan time.Time) *meter {
	m := &meter{name: name, out: e.stderr, now: e.now, begun: e.now(), present: tally{total: total}, stop: make(chan struct{})}
	m.over.Add(1)
	go func() {
		defer m.over.Done()
		for {
			select {
			case <-m.stop:
				return
			case <-ticks:
				fmt.Fprintf(m.out, "%s: %s\n", m.name, m.text())
			}
		}
	}()
	return m
}

func (e *env) newBar(name string, total int64) *meter {
	m := &meter{name: name, out: e.stderr, now: e.now, begun: e.now(), present: tally{total: total}, stop: make(chan struct{})}
	m.bars = mpb.New(mpb.WithOutput(e.stderr), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	m.bar = m.bars.AddBar(total,
		mpb.BarFillerClearOnComplete(), mpb.BarFillerClearOnAbort(),
		mpb.PrependDecorators(decor.Name(name+" ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + m.text() })))
	return m
}

// text is the present tally in words.
func (m *meter) text() string {
	m.mu.Lock()
	t := m.present
	m.mu.Unlock()
	return t.line(m.now().Sub(m.begun))
}

// set replaces the tally.
func (m *meter) set(t tally) {
	m.mu.Lock()
	m.present = t
	m.mu.Unlock()
	m.draw(t)
}

// add counts further units done.
func (m *meter) add(done, bytes int64) {
	m.mu.Lock()
	m.present.done += done
	m.present.bytes += bytes
	t := m.present
	m.mu.Unlock()
	m.draw(t)
}

func (m *meter) draw(t tally) {
	if m.bar == nil {
		return
	}
	m.bar.SetTotal(t.total, false)
	m.bar.SetCurrent(t.done)
}

// close ends the meter and leaves one line with the final tally behind. It
// must be called once.
func (m *meter) close() {
	close(m.stop)
	if m.bar != nil {
		m.bar.Abort(true)
		m.bars.Wait()
	}
	m.over.Wait()
	fmt.Fprintf(m.out, "%s: %s, %s\n", m.name, m.text(), rounded(m.now().Sub(m.begun)))
}
