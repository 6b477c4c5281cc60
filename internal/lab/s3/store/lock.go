package store

import (
	"hash/maphash"
	"os"
	"sync"
)

// stripes are locks for keys: one key always has the same lock, other keys
// seldom share it.
type stripes struct {
	once  sync.Once
	seed  maphash.Seed
	locks [1024]sync.Mutex
}

func (s *stripes) of(bucket, key string) *sync.Mutex {
	s.once.Do(func() { s.seed = maphash.MakeSeed() })
	var h maphash.Hash
	h.SetSeed(s.seed)
	h.WriteString(bucket)
	h.WriteByte(0)
	h.WriteString(key)
	return &s.locks[h.Sum64()%uint64(len(s.locks))]
}

// folder syncs a folder of bodies for many writers at once: a sync that began
// after a writer's rename serves that writer.
type folder struct {
	mu      sync.Mutex
	waiting *round
	busy    bool
}

type round struct {
	done chan struct{}
	err  error
}

func (f *folder) sync(path string) error {
	f.mu.Lock()
	if f.waiting == nil {
		f.waiting = &round{done: make(chan struct{})}
	}
	r := f.waiting
	if f.busy {
		f.mu.Unlock()
		<-r.done
		return r.err
	}
	f.busy = true
	for f.waiting != nil {
		next := f.waiting
		f.waiting = nil
		f.mu.Unlock()
		next.err = syncFolder(path)
		close(next.done)
		f.mu.Lock()
	}
	f.busy = false
	f.mu.Unlock()
	return r.err
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}
