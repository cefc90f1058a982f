// Package wallaroo is a client of Wallaroo's users API. Each method makes one
// call with an administrator's access token and returns a typed answer or an
// *Error. Reading calls are retried where that is likely to help; writing calls
// never.
package wallaroo

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"wallaroo-user-admin/internal/sanitize"
	"wallaroo-user-admin/internal/upstream"
)

const (
	maxList   = 256 << 20 // the list answer, unless Options.MaxList is less
	maxByID   = 32 << 20  // up to a page of users, each with bulky metadata
	maxSingle = 8 << 20   // one account, whatever its metadata
	maxFault  = 4 << 10   // an error's body, for the log

	maxMediaType = 60 // characters; longer ones are no real media type

	tripAfter = 5 // consecutive time-outs that open the circuit breaker
)

// Client makes the reading calls of one instance's users API; [Writer] makes
// the writing ones. It is safe for concurrent use.
type Client struct {
	origin string
	// The list has its own circuit breaker: it may time out while single calls
	// work, and those must not wait for its probe.
	list, single *upstream.Endpoint
	maxList      int64
}

// Options are a Client's settings.
type Options struct {
	// Origin is the API's scheme and host; the paths are fixed.
	Origin *url.URL
	// Transport makes the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout limits a single call, ListTimeout the list call; both include the
	// body and all retries.
	Timeout, ListTimeout time.Duration
	// MaxList limits the list answer, in bytes; 0 means 256 MiB.
	MaxList int64
}

// New returns a Client. It follows no redirects, so that a bearer token is only
// ever sent to the configured origin.
func New(o Options) *Client {
	transport := cmp.Or(o.Transport, http.DefaultTransport)
	return &Client{
		origin:  strings.TrimSuffix(o.Origin.Scheme+"://"+o.Origin.Host, "/"),
		list:    upstream.New("the list", transport, o.ListTimeout, tripAfter),
		single:  upstream.New("single calls", transport, o.Timeout, tripAfter),
		maxList: cmp.Or(o.MaxList, maxList),
	}
}

// Users returns all users (POST /v1/api/users/query with an empty object), in
// no particular order.
func (c *Client) Users(ctx context.Context, token string) ([]User, error) {
	var all []User
	err := c.post(ctx, c.list.Read, "query", token, struct{}{}, c.maxList, func(res *http.Response) error {
		all = all[:0] // drop the users of a failed attempt
		return decodeUsers(res.Body, func(u User) {
			if len(all) == cap(all) {
				// Double the capacity: append grows by a quarter, and copies
				// all users each time.
				all = slices.Grow(all, max(len(all), 64))
			}
			all = append(all, u)
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// UsersByID returns the users with these ids (POST /v1/api/users/query with
// user_ids); unknown ids are left out. Only this answer has federated
// identities; it lacks LastLogin and RealmRoles.
func (c *Client) UsersByID(ctx context.Context, token string, ids ...string) ([]User, error) {
	var all []User
	err := c.post(ctx, c.single.Read, "query", token, map[string][]string{"user_ids": ids}, maxByID, func(res *http.Response) error {
		all = all[:0]
		return decodeUsers(res.Body, func(u User) { all = append(all, u) })
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// UserByID returns one user and its unchanged part of the answer; found is
// false if no user has the id.
func (c *Client) UserByID(ctx context.Context, token, id string) (u User, raw []byte, found bool, err error) {
	if !utf8.ValidString(id) {
		return User{}, nil, false, nil // not an account's id, and not valid JSON
	}
	err = c.post(ctx, c.single.Read, "query", token, map[string][]string{"user_ids": {id}}, maxSingle, func(res *http.Response) error {
		var answer struct {
			Users map[string]jsontext.Value `json:"users"`
		}
		lenient := json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		if err := json.UnmarshalRead(res.Body, &answer, lenient); err != nil {
			return err
		}
		if answer.Users == nil {
			return errNoUsers
		}
		raw = answer.Users[id]
		if len(raw) == 0 || raw[0] != '{' {
			return nil
		}
		found = true
		u, err = decodeUser(jsontext.NewDecoder(bytes.NewReader(raw), lenient))
		u.ID = id
		return err
	})
	return u, raw, found, err
}

// post sends one call and passes each 200 answer to read.
func (c *Client) post(ctx context.Context, send upstream.Sender, op, token string, body any, maxBytes int64, read func(*http.Response) error) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return &Error{Op: op, Kind: ErrRejected, cause: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.origin+"/v1/api/users/"+op, bytes.NewReader(encoded))
	if err != nil {
		return &Error{Op: op, Kind: ErrUnreachable, cause: err}
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	err = send(req, maxBytes, func(res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return refusal(op, token, res)
		}
		if err := read(res); err != nil {
			return &Error{Op: op, Kind: readKind(err), Status: res.StatusCode, Sent: true, cause: err}
		}
		return nil
	})
	return unanswered(op, err)
}

// refusal returns the *Error of an answer other than 200, with the API's
// message for the log unless that may contain a password.
func refusal(op, token string, res *http.Response) error {
	said, _ := io.ReadAll(io.LimitReader(res.Body, maxFault)) // the status is enough if the body breaks off
	cause := outline(res, len(said))
	if op != opInvite {
		cause = fmt.Errorf("the API said %q", withoutToken(token, sanitize.Text(string(said), maxFault)))
	}
	return &Error{
		Op: op, Kind: statusKind(res.StatusCode), Status: res.StatusCode,
		RetryAfter: upstream.RetryAfter(res.Header), Sent: true, cause: cause,
	}
}

// withoutToken redacts the call's own token in a text: one that is not a JWT
// has no pattern by which it could be recognized.
func withoutToken(token, text string) string {
	if token == "" {
		return text
	}
	return strings.ReplaceAll(text, token, "[token]")
}

// outline describes an answer without its content: an invitation's may contain
// the password, also in an unexpected success or an error that echoes the
// request.
func outline(res *http.Response, read int) error {
	mediaType, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || len(mediaType) > maxMediaType {
		mediaType = "no known type"
	}
	return fmt.Errorf("the API said %d bytes of %s, kept out of the log (a length of %d)", read, mediaType, res.ContentLength)
}
