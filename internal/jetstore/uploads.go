package jetstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/transship/transship/internal/s3call"
)

// uploadSubject names one multipart upload of a job.
func uploadSubject(job string, u s3call.Upload) string {
	sum := sha256.Sum256([]byte(u.Bucket + "\x00" + u.Key + "\x00" + u.ID))
	return "upload." + job + "." + hex.EncodeToString(sum[:16])
}

// UploadBegan remembers a job's multipart upload until UploadEnded.
func (s *Store) UploadBegan(ctx context.Context, job string, u s3call.Upload) error {
	data, err := json.Marshal(u)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limit)
	defer cancel()
	ack, err := s.js.Publish(ctx, uploadSubject(job, u), data)
	if err != nil {
		return unavailable("remember an upload", err)
	}
	s.acknowledged(uploadsStream, ack.Sequence, false)
	return nil
}

// UploadEnded forgets an upload that the store completed or aborted.
func (s *Store) UploadEnded(ctx context.Context, job string, u s3call.Upload) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limit)
	defer cancel()
	if err := s.uploads.Purge(ctx, jetstream.WithPurgeSubject(uploadSubject(job, u))); err != nil {
		return unavailable("forget an upload", err)
	}
	return nil
}

// OpenUploads lists the uploads of a job that were begun and not ended.
func (s *Store) OpenUploads(ctx context.Context, job string) ([]s3call.Upload, error) {
	info, err := s.uploads.Info(ctx, jetstream.WithSubjectFilter("upload."+job+".*"))
	if err != nil {
		return nil, unavailable("list a job's uploads", err)
	}
	var open []s3call.Upload
	for subject := range info.State.Subjects {
		msg, err := s.uploads.GetLastMsgForSubject(ctx, subject)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // ended meanwhile
		}
		if err != nil {
			return nil, unavailable("read "+subject, err)
		}
		var u s3call.Upload
		if err := json.Unmarshal(msg.Data, &u); err != nil {
			return nil, unavailable("read "+subject, err)
		}
		open = append(open, u)
	}
	return open, nil
}
