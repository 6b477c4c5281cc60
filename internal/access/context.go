package access

import (
	"strconv"
	"strings"

	"github.com/transship/transship/iampolicy"
)

// contextOf adds to what the request itself brings the keys that follow from
// the caller and the resource's account. These win: no header may replace them.
// aws:SecureTransport is the request's, and false where it does not say.
func contextOf(c Caller, account string, request iampolicy.Context) iampolicy.Context {
	ctx := make(iampolicy.Context, len(request)+10)
	for k, v := range request {
		ctx[strings.ToLower(k)] = v // tag keys come as their owner wrote them (AM-81)
	}
	set := func(key, value string) {
		delete(ctx, key)
		if value != "" {
			ctx[key] = []string{value}
		}
	}
	set("aws:resourceaccount", account) // the bucket owner's, also for a foreign object (AM-132)
	set("s3:resourceaccount", account)
	set("aws:principalaccount", c.Account)
	set("aws:principalarn", c.PrincipalARN())
	set("aws:username", c.UserName)
	set("aws:principalorgid", c.Organization)
	set("aws:principaltype", c.principalType())
	set("aws:principalservicename", c.Service)
	if c.Anonymous() {
		set("aws:userid", "anonymous")
		set("aws:principalisawsservice", "")
	} else {
		set("aws:userid", c.UserID)
		set("aws:principalisawsservice", strconv.FormatBool(c.Service != ""))
	}
	if len(ctx["aws:securetransport"]) == 0 {
		ctx["aws:securetransport"] = []string{"false"}
	}
	return ctx
}
