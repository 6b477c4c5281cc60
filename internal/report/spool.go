package report

import (
	"bufio"
	"crypto/md5"
	"encoding/hex"
	"hash"
	"io"
	"os"
)

// spool holds the rows of one results file until it is written: on disk, in a
// file without a name, so that nothing is left behind by a crash.
type spool struct {
	file *os.File
	out  *bufio.Writer
	sum  hash.Hash
	size int64
}

func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "report-*.csv")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close()
		return nil, err
	}
	return &spool{file: file, out: bufio.NewWriterSize(file, 64<<10), sum: md5.New()}, nil
}

func (s *spool) add(row []byte) error {
	s.sum.Write(row)
	s.size += int64(len(row))
	_, err := s.out.Write(row)
	return err
}

// rewind makes what was added readable from the start.
func (s *spool) rewind() (io.Reader, error) {
	if err := s.out.Flush(); err != nil {
		return nil, err
	}
	_, err := s.file.Seek(0, io.SeekStart)
	return s.file, err
}

func (s *spool) md5() string { return hex.EncodeToString(s.sum.Sum(nil)) }

// reset empties the spool for the next file.
func (s *spool) reset() error {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := s.file.Truncate(0); err != nil {
		return err
	}
	s.out.Reset(s.file)
	s.sum.Reset()
	s.size = 0
	return nil
}

func (s *spool) close() { _ = s.file.Close() }
