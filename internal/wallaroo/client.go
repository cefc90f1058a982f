// Package wallaroo is a client of Wallaroo's users API: one method a call, an
// administrator's access token in, a typed answer or a typed error out. Calls
// that read are sent again where that is likely to help, the others never.
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
	maxList   = 256 << 20 // the answer with everybody, unless Options say less
	maxByID   = 32 << 20  // up to a page of users, each with bulky metadata
	maxSingle = 8 << 20   // one account, whatever its metadata
	maxFault  = 4 << 10   // what is read of an error's body, for the log

	maxMediaType = 60 // characters; longer ones are no media type that anybody sends

	tripAfter = 5 // time-outs in a row, and the breaker opens
)

// Client makes the reading calls of one instance's users API; [Writer] makes the
// writing ones. It is safe for concurrent use.
type Client struct {
	origin string
	// The list has a breaker of its own: it may take long where single calls
	// don't, and none of them has to wait until it has shown whether the API is back.
	list, single *upstream.Endpoint
	maxList      int64
}

// Options are a Client's settings.
type Options struct {
	// Origin is the API's scheme and host; paths are fixed below it.
	Origin *url.URL
	// Transport makes the connections; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout bounds a single call, ListTimeout the answer with everybody, both
	// with the body and the retries.
	Timeout, ListTimeout time.Duration
	// MaxList bounds the answer with everybody, in bytes; 0 means 256 MiB.
	MaxList int64
}

// New makes a Client. Redirects are not followed: a bearer token goes to the
// configured origin or nowhere.
func New(o Options) *Client {
	transport := cmp.Or(o.Transport, http.DefaultTransport)
	return &Client{
		origin:  strings.TrimSuffix(o.Origin.Scheme+"://"+o.Origin.Host, "/"),
		list:    upstream.New("the list", transport, o.ListTimeout, tripAfter),
		single:  upstream.New("single calls", transport, o.Timeout, tripAfter),
		maxList: cmp.Or(o.MaxList, maxList),
	}
}

// Users returns everybody (POST /v1/api/users/query with an empty object), in no
// particular order.
func (c *Client) Users(ctx context.Context, token string) ([]User, error) {
	var all []User
	err := c.post(ctx, c.list.Read, "query", token, struct{}{}, c.maxList, func(res *http.Response) error {
		all = all[:0] // an earlier try's, whose connection broke
		return decodeUsers(res.Body, func(u User) {
			if len(all) == cap(all) {
				// By doubling: append grows by a quarter, and copies everybody each time.
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

// UsersByID returns the accounts with these ids (POST /v1/api/users/query with
// user_ids); an id that no account has is left out. Only this answer carries
// federated identities; it lacks LastLogin and RealmRoles.
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

// UserByID returns one account and its part of the answer as it came, or found
// false if no account has the id.
func (c *Client) UserByID(ctx context.Context, token, id string) (u User, raw []byte, found bool, err error) {
	if !utf8.ValidString(id) {
		return User{}, nil, false, nil // no account's, and no JSON
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

// post makes one call and has read called with each answer that is 200.
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

// refusal makes an error of an answer that isn't 200, with the API's own words
// for the log, where they can't hold a password.
func refusal(op, token string, res *http.Response) error {
	said, _ := io.ReadAll(io.LimitReader(res.Body, maxFault)) // the status says enough if the rest does not come
	cause := outline(res, len(said))
	if op != opInvite {
		cause = fmt.Errorf("the API said %q", withoutToken(token, sanitize.Text(string(said), maxFault)))
	}
	return &Error{
		Op: op, Kind: statusKind(res.StatusCode), Status: res.StatusCode,
		RetryAfter: upstream.RetryAfter(res.Header), Sent: true, cause: cause,
	}
}

// withoutToken takes the call's own token out of a text. One that is no JSON
// Web Token has nothing else that it could be known by.
func withoutToken(token, text string) string {
	if token == "" {
		return text
	}
	return strings.ReplaceAll(text, token, "[token]")
}

// outline tells of an answer without a word of it: an invitation's may hold the
// password, be it an odd success or a fault that repeats what was asked.
func outline(res *http.Response, read int) error {
	mediaType, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || len(mediaType) > maxMediaType {
		mediaType = "no known type"
	}
	return fmt.Errorf("the API said %d bytes of %s, kept out of the log (a length of %d)", read, mediaType, res.ContentLength)
}
