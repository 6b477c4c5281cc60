package lab

import (
	"path/filepath"

	"github.com/google/uuid"

	"github.com/transship/transship/internal/lab/iam"
	"github.com/transship/transship/internal/lab/s3"
	"github.com/transship/transship/internal/lab/sts"
)

// services are the doors behind the lab's one address.
type services struct {
	iam *iam.Handler
	sts *sts.Service
	s3  *s3.Server
}

func (l *Lab) openServices() error {
	log := func(err error) { l.cfg.Log.Error("a call failed", "error", err) }
	l.services.iam = &iam.Handler{Store: l.accounts, NewID: uuid.NewString, Log: log}
	l.services.sts = &sts.Service{Roles: l.accounts, Now: l.cfg.Now, NewID: uuid.NewString, Log: log}
	var err error
	l.services.s3, err = s3.Open(s3.Config{Dir: filepath.Join(l.cfg.Dir, "s3"), Region: Region, Now: l.cfg.Now,
		Log: l.cfg.Log, Directory: directory{l.accounts}, KnownPrincipal: l.accounts.KnowsPrincipal, CopyLimit: l.cfg.CopyLimit, MinPartSize: l.cfg.MinPartSize})
	return err
}

func (l *Lab) closeServices() error {
	if l.services.s3 == nil {
		return nil
	}
	return l.services.s3.Close()
}

// STS is the lab's STS, for the job service beside it, which assumes the role
// of a job as a service.
func (l *Lab) STS() *sts.Service { return l.services.sts }

// directory is what S3 asks of the accounts.
type directory struct{ accounts *iam.Store }

func (d directory) Account(id string) (canonicalID, name string, ok bool) {
	a, ok := d.accounts.Account(id)
	return a.CanonicalID, a.Name, ok
}

func (d directory) ByCanonical(canonicalID string) (account string, ok bool) {
	a, ok := d.accounts.AccountByCanonical(canonicalID)
	return a.ID, ok
}
