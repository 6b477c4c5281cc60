package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"
)

const (
	algorithm   = "AWS4-HMAC-SHA256"
	terminator  = "aws4_request"
	timeFormat  = "20060102T150405Z"
	emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// scope names a signing key apart from the secret.
type scope struct{ date, region, service string }

func (s scope) append(dst []byte) []byte {
	dst = append(dst, s.date...)
	dst = append(dst, '/')
	dst = append(dst, s.region...)
	dst = append(dst, '/')
	dst = append(dst, s.service...)
	dst = append(dst, '/')
	return append(dst, terminator...)
}

type keyID struct {
	secret string
	scope
}

// maxKeys bounds the cache. A key is made anew in a few microseconds.
const maxKeys = 1024

// keyCache keeps signing keys by secret, day, region and service. Its zero
// value is ready.
type keyCache struct {
	mu   sync.RWMutex
	keys map[keyID]*signingKey
}

func (c *keyCache) get(id keyID) *signingKey {
	c.mu.RLock()
	k := c.keys[id]
	c.mu.RUnlock()
	if k != nil {
		return k
	}
	k = newSigningKey(id)
	c.mu.Lock()
	if c.keys == nil || len(c.keys) >= maxKeys {
		c.keys = make(map[keyID]*signingKey)
	}
	c.keys[id] = k
	c.mu.Unlock()
	return k
}

// signingKey signs with one derived key. The HMACs in its pool have the key's
// blocks hashed already.
type signingKey struct {
	pool sync.Pool
}

func newSigningKey(id keyID) *signingKey {
	step := func(key []byte, s string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(s))
		return m.Sum(nil)
	}
	key := step([]byte("AWS4"+id.secret), id.date)
	key = step(key, id.region)
	key = step(key, id.service)
	key = step(key, terminator)
	return &signingKey{pool: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// appendSignature appends the signature of text in lower-case hex.
func (k *signingKey) appendSignature(dst, text []byte) []byte {
	m := k.pool.Get().(hash.Hash)
	m.Reset()
	m.Write(text)
	n := len(dst)
	dst = append(dst, make([]byte, 2*sha256.Size)...)
	raw := m.Sum(dst[n:n])
	k.pool.Put(m)
	hexInPlace(raw)
	return dst
}

// hexInPlace widens raw, whose array has room for twice its length, to hex.
func hexInPlace(raw []byte) {
	out := raw[:2*len(raw)]
	for i := len(raw) - 1; i >= 0; i-- {
		b := raw[i]
		out[2*i], out[2*i+1] = "0123456789abcdef"[b>>4], "0123456789abcdef"[b&15]
	}
}

func appendHexSHA256(dst, data []byte) []byte {
	sum := sha256.Sum256(data)
	return hex.AppendEncode(dst, sum[:])
}
