package uploads

import (
	"crypto/md5"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// Complete is CompleteMultipartUpload. The object's owner is whoever began the
// upload, and its date the day of that, as S3 has it.
func Complete(c *call.Call) error {
	if err := c.May(call.Question{Action: access.PutObject, Bucket: c.Access, Key: c.Key, Extra: c.HeaderContext("if-match", "if-none-match")}); err != nil {
		return err
	}
	cond, err := c.WriteCondition()
	if err != nil {
		return err
	}
	chosen, err := request.ReadComplete(c.Verified.Body)
	if err != nil {
		return err
	}
	u, err := upload(c)
	if err != nil {
		return err
	}
	owner := func(b *store.Bucket, v *store.Version) error {
		v.Owner = access.Ownership(b.Ownership).NewObjectOwner(b.Owner, u.Owner, u.ACL == call.OwnerFullControl)
		return nil
	}
	v, err := c.Store.Complete(u, owner, cond, func(parts []store.Part) (store.Version, []store.Part, error) {
		return assemble(c, &u, parts, chosen)
	})
	if err != nil {
		return err
	}
	c.VersionHeader(v.ID)
	c.EncryptionHeader()
	location := "http://" + c.R.Host + (&url.URL{Path: "/" + c.Bucket + "/" + c.Key}).EscapedPath()
	x := reply.Begin("CompleteMultipartUploadResult").Text("Location", location).Text("Bucket", c.Bucket).Text("Key", c.Key).ETag(v.ETag)
	if v.Checksum != "" {
		x.Text("Checksum"+v.ChecksumAlgo, v.Checksum).Text("ChecksumType", v.ChecksumType)
	}
	return c.XML(x)
}

// assemble checks the parts that the request names against those that came,
// and makes the version of them.
func assemble(c *call.Call, u *store.Upload, parts []store.Part, chosen []request.ChosenPart) (store.Version, []store.Part, error) {
	v := store.Version{Bucket: u.Bucket, Key: u.Key, Modified: u.Initiated, StorageClass: u.StorageClass}
	v.Attributes, v.Tags, v.ACL = u.Attributes, u.Tags, u.ACL
	byNumber := map[int]store.Part{}
	for _, p := range parts {
		byNumber[p.Number] = p
	}
	var used []store.Part
	tags := md5.New()
	var size int64
	for i, want := range chosen {
		p, ok := byNumber[want.Number]
		if !ok || want.ETag != p.ETag {
			return v, nil, reply.New("InvalidPart").With("UploadId", u.ID.String()).With("PartNumber", strconv.Itoa(want.Number)).With("ETag", want.ETag)
		}
		if err := checkPart(c, u, &p, want); err != nil {
			return v, nil, err
		}
		if i < len(chosen)-1 && p.Size < c.MinPart {
			return v, nil, reply.New("EntityTooSmall").With("ProposedSize", call.Itoa(p.Size)).With("MinSizeAllowed", call.Itoa(c.MinPart)).
				With("PartNumber", strconv.Itoa(p.Number)).With("ETag", p.ETag)
		}
		raw, err := hex.DecodeString(p.ETag)
		if err != nil {
			return v, nil, err
		}
		tags.Write(raw)
		size += p.Size
		used = append(used, p)
		v.Parts = append(v.Parts, store.PartSize{Number: p.Number, Size: p.Size})
	}
	v.ETag = hex.EncodeToString(tags.Sum(nil)) + "-" + strconv.Itoa(len(used))
	if s := c.Header.Get("X-Amz-Mp-Object-Size"); s != "" && s != call.Itoa(size) {
		return v, nil, reply.Say("InvalidRequest", "The provided 'x-amz-mp-object-size' header value "+s+" does not match what was computed: "+call.Itoa(size))
	}
	return v, used, sumParts(c, u, &v, used)
}

// checkPart compares the checksum that the request has for a part.
func checkPart(c *call.Call, u *store.Upload, p *store.Part, want request.ChosenPart) error {
	for algorithm, value := range want.Checksums {
		if algorithm == p.Checksum.Algorithm && value != p.Checksum.Value || u.ChecksumAlgo != "" && algorithm != u.ChecksumAlgo {
			return reply.New("InvalidPart").With("UploadId", u.ID.String()).With("PartNumber", strconv.Itoa(want.Number)).With("ETag", want.ETag)
		}
	}
	if u.ChecksumAlgo != "" && u.ChecksumType == checksum.Composite && want.Checksums[u.ChecksumAlgo] == "" {
		return reply.Say("InvalidRequest", "The upload was created using a "+strings.ToLower(u.ChecksumAlgo)+" checksum. The complete request must include the checksum for each part. It was missing for part "+strconv.Itoa(want.Number)+" in the request.")
	}
	return nil
}

// sumParts fills in the object's checksum. Parts of an upload that asked for
// none may have come with another algorithm; the object then has the one that
// all its parts have, or none.
func sumParts(c *call.Call, u *store.Upload, v *store.Version, used []store.Part) error {
	algorithm, kind := used[0].Checksum.Algorithm, u.ChecksumType
	var pieces []checksum.Piece
	var values []string
	for i, p := range used {
		if p.Checksum.Algorithm != algorithm {
			return nil
		}
		pieces = append(pieces, checksum.Piece{Value: p.Checksum.Value, Size: p.Size})
		values = append(values, p.Checksum.Value)
		if u.ChecksumAlgo != "" {
			v.Parts[i].Checksum = p.Checksum.Value
		}
	}
	if kind == "" {
		if !checksum.Linear(algorithm) {
			return nil
		}
		kind = checksum.FullObject
	}
	var value string
	var ok bool
	if kind == checksum.FullObject {
		value, ok = checksum.Combine(algorithm, pieces)
	} else {
		value, ok = c.Sums.Compose(algorithm, values)
	}
	if !ok {
		return reply.New("InternalError")
	}
	if sent := c.Header.Get(checksum.Header(algorithm)); sent != "" && sent != value {
		return reply.Say("BadDigest", "The "+algorithm+" you specified did not match the calculated checksum.")
	}
	v.ChecksumAlgo, v.ChecksumType, v.Checksum = algorithm, kind, value
	return nil
}
