package demo

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// Names of endpoints, in faults and in the request log.
const (
	queryList   = "query-list"  // query for everybody
	queryByID   = "query-by-id" // query with user_ids
	queryAny    = "query"       // in faults: both
	anyEndpoint = "*"           // in faults: all
)

// endpointNames returns the names of the endpoints that can fail and are logged, by path.
func endpointNames() map[string]string {
	return map[string]string{
		"/v1/api/users/query":      queryAny,
		"/v1/api/users/invite":     "invite",
		"/v1/api/users/activate":   "activate",
		"/v1/api/users/deactivate": "deactivate",
		realmPath + discoveryPath:  "discovery",
		realmPath + authPath:       "auth",
		realmPath + tokenPath:      "token",
		realmPath + certsPath:      "certs",
		realmPath + userinfoPath:   "userinfo",
		realmPath + logoutPath:     "logout",
	}
}

// endpointOf returns the name of the request's endpoint, or "" for one that neither fails nor is logged.
func endpointOf(r *http.Request, body []byte) string {
	name := endpointNames()[r.URL.Path]
	if name != queryAny {
		return name
	}
	var in struct {
		UserIDs *json.RawMessage `json:"user_ids"`
	}
	if json.Unmarshal(body, &in) == nil && in.UserIDs != nil {
		return queryByID
	}
	return queryList
}

// peek returns the body and leaves it readable. One that is too long is truncated; the handler rejects it.
func peek(r *http.Request) []byte {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCall+1))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = bytes.NewReader(nil)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), r.Body}
	return body
}
