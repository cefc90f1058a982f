// Package wallaroo is a client of Wallaroo's users API: one method a call, an
// administrator's access token in, a typed answer or a typed error out. It
// never sends a call twice; who may be asked again is the caller's decision.
package wallaroo

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
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

	"wallaroo-user-admin/internal/breaker"
	"wallaroo-user-admin/internal/harmless"
)

const (
	maxList   = 256 << 20 // the answer with everybody, unless Options say less
	maxByID   = 32 << 20  // up to a page of users, each with bulky metadata
	maxSingle = 8 << 20   // one account, whatever its metadata
	maxFault  = 4 << 10   // what is read of an error's body, for the log

	maxMediaType = 60 // characters; longer ones are no media type that anybody sends
)

// Client makes the reading calls of one instance's users API; [Writer] makes the
// writing ones. It is safe for concurrent use.
type Client struct {
	origin string
	http   *http.Client
	// The list has a breaker of its own: it may take long where single calls
	// don't, and none of them has to wait until it has shown whether the API is back.
	list, single *breaker.Breaker
	maxList      int64
}

// Options are a Client's settings.
type Options struct {
	// Origin is the API's scheme and host; paths are fixed below it.
	Origin *url.URL
	// Transport makes the connections; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout bounds a single call, ListTimeout the answer with everybody, both
	// with the body.
	Timeout, ListTimeout time.Duration
	// MaxList bounds the answer with everybody, in bytes; 0 means 256 MiB.
	MaxList int64
}

// New makes a Client. Redirects are not followed: a bearer token goes to the
// configured origin or nowhere.
func New(o Options) *Client {
	if o.MaxList == 0 {
		o.MaxList = maxList
	}
	return &Client{
		origin:  strings.TrimSuffix(o.Origin.Scheme+"://"+o.Origin.Host, "/"),
		list:    breaker.New("the list", o.ListTimeout, tripAfter),
		single:  breaker.New("single calls", o.Timeout, tripAfter),
		maxList: o.MaxList,
		http: &http.Client{
			Transport:     o.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Users gives everybody (POST /v1/api/users/query with an empty object), in no
// particular order.
func (c *Client) Users(ctx context.Context, token string) ([]User, error) {
	var all []User
	err := c.post(ctx, c.list, "query", token, struct{}{}, c.maxList, func(body io.Reader) error {
		return decodeUsers(body, func(u User) {
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

// UsersByID gives the accounts with these ids (POST /v1/api/users/query with
// user_ids); an id that no account has is left out. Only this answer carries
// federated identities; it lacks LastLogin and RealmRoles.
func (c *Client) UsersByID(ctx context.Context, token string, ids ...string) ([]User, error) {
	var all []User
	err := c.post(ctx, c.single, "query", token, map[string][]string{"user_ids": ids}, maxByID, func(body io.Reader) error {
		return decodeUsers(body, func(u User) { all = append(all, u) })
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// UserByID gives one account and its part of the answer as it came, or found
// false if no account has the id.
func (c *Client) UserByID(ctx context.Context, token, id string) (u User, raw []byte, found bool, err error) {
	if !utf8.ValidString(id) {
		return User{}, nil, false, nil // no account's, and no JSON
	}
	err = c.post(ctx, c.single, "query", token, map[string][]string{"user_ids": {id}}, maxSingle, func(body io.Reader) error {
		var answer struct {
			Users map[string]jsontext.Value `json:"users"`
		}
		lenient := json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		if err := json.UnmarshalRead(body, &answer, lenient); err != nil {
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

// post sends one call, if b lets it, and hands a successful answer's body to
// read.
func (c *Client) post(ctx context.Context, b *breaker.Breaker, op, token string, body any, limit int64, read func(io.Reader) error) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return &Error{Op: op, Kind: ErrRejected, cause: err}
	}
	return let(ctx, b, op, func(ctx context.Context) error { return c.send(ctx, op, token, encoded, limit, read) })
}

func (c *Client) send(ctx context.Context, op, token string, encoded []byte, limit int64, read func(io.Reader) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.origin+"/v1/api/users/"+op, bytes.NewReader(encoded))
	if err != nil {
		return &Error{Op: op, Kind: ErrUnreachable, cause: err}
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	// A nil GetBody keeps net/http from sending a change again by itself when a
	// kept-alive connection turns out to be dead.
	req.GetBody = nil

	res, err := c.http.Do(req)
	if err != nil {
		return &Error{Op: op, Kind: transportKind(ctx, err), Sent: !neverSent(err), cause: err}
	}
	defer res.Body.Close() //nolint:errcheck // the answer has been read
	limited := &limitedReader{r: res.Body, left: limit + 1}
	if res.StatusCode != http.StatusOK {
		return refusal(op, token, res, limited)
	}
	if err := read(&spaceReader{r: limited}); err != nil {
		kind := readKind(ctx, err, limited)
		if op == opInvite && errors.Is(kind, ErrMalformed) {
			// The decoder's error quotes what it can't read.
			err = outline(res, limit+1-limited.left)
		}
		return &Error{Op: op, Kind: kind, Status: res.StatusCode, Sent: true, cause: err}
	}
	return nil
}

// refusal makes an error of an answer that isn't 200, with the API's own words
// for the log, where they can't hold a password.
func refusal(op, token string, res *http.Response, body io.Reader) error {
	said, err := io.ReadAll(io.LimitReader(body, maxFault))
	cause := outline(res, int64(len(said)))
	if op != opInvite {
		cause = fmt.Errorf("the API said %q", withoutToken(token, harmless.Text(string(said), maxFault)))
	}
	if err != nil {
		cause = errors.Join(cause, err)
	}
	return &Error{
		Op: op, Kind: statusKind(res.StatusCode), Status: res.StatusCode,
		RetryAfter: retryAfter(res.Header), Sent: true, cause: cause,
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
func outline(res *http.Response, read int64) error {
	mediaType, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || len(mediaType) > maxMediaType {
		mediaType = "no known type"
	}
	return fmt.Errorf("the API said %d bytes of %s, kept out of the log (a length of %d)", read, mediaType, res.ContentLength)
}

// readKind tells why an answer could not be read: too long, too late, a broken
// connection, or nonsense.
func readKind(ctx context.Context, err error, body *limitedReader) error {
	switch {
	case body.over:
		return ErrTooLarge
	case body.err != nil && !badlyPacked(body.err):
		return transportKind(ctx, body.err)
	case errors.Is(err, context.DeadlineExceeded):
		return ErrTimeout
	default:
		return ErrMalformed
	}
}

// badlyPacked reports whether what came is no gzip though its header says so:
// the connection is well, and would bring the same again.
func badlyPacked(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt)
}

// limitedReader fails once left bytes are read, where io.LimitReader would pretend that
// the body had ended, and remembers why reading stopped.
type limitedReader struct {
	r    io.Reader
	left int64
	over bool
	err  error
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		l.over = true
		return 0, ErrTooLarge
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		l.err = err
	}
	return n, err
}
