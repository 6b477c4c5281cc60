package extsort

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

type pair struct {
	key string
	row int
}

func TestRecordsComeInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var records []pair
	for i := range 20_000 {
		records = append(records, pair{strings.Repeat("k", r.IntN(4)) + fmt.Sprint(r.IntN(3_000)), i})
	}
	want := slices.Clone(records)
	slices.SortStableFunc(want, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	for _, memory := range []int{0, 1_000, 50_000, 1 << 30} {
		dir := t.TempDir()
		s := New(dir, memory)
		for _, p := range records {
			if err := s.Add(p.key, func(b []byte) []byte { return binary.AppendVarint(b, int64(p.row)) }); err != nil {
				t.Fatal(err)
			}
		}
		var got []pair
		err := s.Each(func(key, value []byte) error {
			row, n := binary.Varint(value)
			if n != len(value) {
				return errors.New("a value of another length")
			}
			got = append(got, pair{string(key), int(row)})
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("memory %d: %d records, %v", memory, len(got), err)
		}
		s.Close()
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("files are left: %v", left)
		}
	}
}

func TestEmptyAndLargeRecords(t *testing.T) {
	s := New(t.TempDir(), 100)
	defer s.Close()
	large := strings.Repeat("v", 3<<20)
	for _, key := range []string{"", "b", "", strings.Repeat("a", 1<<20)} {
		value := large
		if key == "" {
			value = ""
		}
		if err := s.Add(key, func(b []byte) []byte { return append(b, value...) }); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	if err := s.Each(func(key, value []byte) error {
		got = append(got, fmt.Sprintf("%d:%d", len(key), len(value)))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(got, " "); text != "0:0 0:0 1048576:3145728 1:3145728" {
		t.Errorf("got %s", text)
	}
	if err := New("", 0).Each(func(_, _ []byte) error { return errors.New("a record") }); err != nil {
		t.Errorf("an empty sorter: %v", err)
	}
}

func TestErrors(t *testing.T) {
	s := New(t.TempDir()+"/missing", 1)
	if err := s.Add("k", func(b []byte) []byte { return b }); err == nil {
		t.Error("a folder that is not there was no error")
	}
	s = New(t.TempDir(), 1)
	defer s.Close()
	for range 3 {
		if err := s.Add("key", func(b []byte) []byte { return append(b, "value"...) }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.file.file.WriteAt([]byte{0xff, 0xff}, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Each(func(_, _ []byte) error { return nil }); err == nil {
		t.Error("a damaged file was no error")
	}
	stop := errors.New("enough")
	s = New(t.TempDir(), 0)
	_ = s.Add("key", func(b []byte) []byte { return b })
	if err := s.Each(func(_, _ []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}
