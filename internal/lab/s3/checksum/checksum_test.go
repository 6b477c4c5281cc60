package checksum

import (
	"testing"
)

func TestKnownValues(t *testing.T) {
	// "123456789", from the catalogue of CRC algorithms and FIPS 180.
	want := map[string]string{
		CRC32: "y/Q5Jg==", CRC32C: "4waSgw==", CRC64NVME: "rosUhgp5mIg=",
	}
	m := NewMaker()
	for algorithm, value := range want {
		h := m.New(algorithm)
		h.Write([]byte("123456789"))
		if got := Encode(h); got != value {
			t.Errorf("%s of 123456789 is %s, want %s", algorithm, got, value)
		}
	}
}

func FuzzCombineEqualsTheWhole(f *testing.F) {
	f.Add([]byte("hello"), []byte("world"), []byte(""))
	f.Add([]byte{}, []byte{0, 0, 0}, []byte{255})
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		m := NewMaker()
		for _, algorithm := range []string{CRC32, CRC32C, CRC64NVME} {
			whole := m.New(algorithm)
			var pieces []Piece
			for _, p := range [][]byte{a, b, c} {
				whole.Write(p)
				h := m.New(algorithm)
				h.Write(p)
				pieces = append(pieces, Piece{Encode(h), int64(len(p))})
			}
			got, ok := Combine(algorithm, pieces)
			if !ok || got != Encode(whole) {
				t.Errorf("%s of parts is %s, of the whole %s", algorithm, got, Encode(whole))
			}
		}
	})
}

func TestComposeCountsParts(t *testing.T) {
	m := NewMaker()
	h := m.New(SHA256)
	h.Write([]byte("x"))
	got, ok := m.Compose(SHA256, []string{Encode(h), Encode(h)})
	if !ok || got[len(got)-2:] != "-2" || !Valid(SHA256, got[:len(got)-2]) {
		t.Errorf("composite checksum %q", got)
	}
}
