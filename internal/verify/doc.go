// Package verify proves that two sides hold the same objects.
//
// It owns the comparison of two listings, of what HEAD and tags say of each
// pair, and the [Result]: counts, digests, differences, and what could not be
// compared and why. It does not own how a side is listed; a side is a stream of
// objects in UTF-8 binary order of keys.
//
//	source ------+
//	             +-- merged by key -- sizes, ETags -- HEAD, tags -- Result
//	destination -+
//
// Memory does not grow with the number of objects. Nothing is written.
//
// What never happens here: two objects called equal because something about
// them could not be learned. That is counted as not comparable, and a result
// with such objects is not [Result.Equal].
package verify
