package s3control

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is which operation a request asks for.
type route struct {
	op    string
	id    string // of the job; empty: none in the path
	query url.Values
	do    func(*Handler, *call) ([]byte, error)
	takes []string // names of query parameters
}

const root = "/v20180820/jobs"

// findRoute goes by method and path alone (reference 2.1). The operation's name
// is known even when the route is refused, since it decides the code of errors.
func findRoute(r *http.Request) (route, error) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), root)
	if !ok || rest != "" && rest[0] != '/' {
		return route{}, &apiError{404, "NotFoundException", "there is nothing at this path; jobs are at " + root}
	}
	var id, sub string
	if rest != "" {
		var err error
		var more bool
		id, sub, more = strings.Cut(rest[1:], "/")
		if id, err = url.PathUnescape(id); err != nil || id == "" || more && sub == "" {
			return route{}, badRequest("the path is not %s/JOB-ID or below it", root)
		}
	}
	methods, known := routes[pattern(id != "", sub)]
	if !known {
		return route{}, &apiError{404, "NotFoundException", "there is nothing at this path"}
	}
	found, ok := methods[r.Method]
	if !ok {
		return route{}, &apiError{405, "MethodNotAllowed", "The specified method is not allowed against this resource."}
	}
	found.id = id
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return found, badRequest("the query cannot be read")
	}
	for name := range query {
		// x-id is how some SDKs tell the operation's name; it has no effect.
		if !slices.Contains(found.takes, name) && name != "x-id" {
			return found, badRequest("query parameter %s is not known here", short(name))
		}
	}
	found.query = query
	return found, nil
}

func pattern(job bool, sub string) string {
	if !job {
		return "jobs"
	}
	return "job/" + sub
}

// routes are all eight operations: by path, then by method.
var routes = map[string]map[string]route{
	"jobs": {
		http.MethodPost: {op: "CreateJob", do: (*Handler).createJob},
		http.MethodGet:  {op: "ListJobs", do: (*Handler).listJobs, takes: []string{"jobStatuses", "maxResults", "nextToken"}},
	},
	"job/": {
		http.MethodGet: {op: "DescribeJob", do: (*Handler).describeJob},
	},
	"job/priority": {
		http.MethodPost: {op: "UpdateJobPriority", do: (*Handler).updatePriority, takes: []string{"priority"}},
	},
	"job/status": {
		http.MethodPost: {op: "UpdateJobStatus", do: (*Handler).updateStatus, takes: []string{"requestedJobStatus", "statusUpdateReason"}},
	},
	"job/tagging": {
		http.MethodGet:    {op: "GetJobTagging", do: unsupported("GetJobTagging")},
		http.MethodPut:    {op: "PutJobTagging", do: unsupported("PutJobTagging")},
		http.MethodDelete: {op: "DeleteJobTagging", do: unsupported("DeleteJobTagging")},
	},
}

func unsupported(name string) func(*Handler, *call) ([]byte, error) {
	return func(*Handler, *call) ([]byte, error) { return nil, notHere(name) }
}
