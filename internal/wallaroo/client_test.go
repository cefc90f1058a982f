package wallaroo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// instance is a client with both its reading and its writing calls.
type instance struct {
	*wallaroo.Client
	*wallaroo.Writer
}

func instanceOf(o wallaroo.Options) instance {
	c := wallaroo.New(o)
	return instance{c, wallaroo.NewWriter(c)}
}

// api starts a stand-in that answers every call alike, and returns a client of it with short time limits.
func api(t *testing.T, answer http.HandlerFunc) instance {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return clientOf(t, server.URL, 2*time.Second)
}

func clientOf(t *testing.T, origin string, limit time.Duration) instance {
	t.Helper()
	u, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return instanceOf(wallaroo.Options{Origin: u, Transport: transport, Timeout: limit, ListTimeout: limit})
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestTheListOfARealInstanceIsRead(t *testing.T) {
	const body = `{"users": {"028c8b48-c39b-4578-9110-0b5bdd3824da": {
	  "access": {"manageGroupMembership": true, "impersonate": false, "view": true, "manage": true, "mapRoles": true},
	  "createdTimestamp": 1684355671859, "disableableCredentialTypes": [], "email": "jo.doe@example.com", "emailVerified": false,
	  "enabled": true, "firstName": "Jo", "id": "028c8b48-c39b-4578-9110-0b5bdd3824da", "lastName": "Doe", "notBefore": 0,
	  "requiredActions": ["UPDATE_PASSWORD"], "username": "jo.doe@example.com", "lastLogin": 1684355671000, "realmRoles": ["admin"]},
	 "de777519-2963-423a-92d2-e6e26d687527": null}}`
	var sent map[string]any
	var bearer string
	c := api(t, func(w http.ResponseWriter, r *http.Request) {
		bearer = r.Header.Get("Authorization")
		if r.Method != http.MethodPost || r.URL.Path != "/v1/api/users/query" {
			t.Errorf("asked %s %s", r.Method, r.URL.Path)
		}
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, body)
	})
	users, err := c.Users(t.Context(), "the-token")
	if err != nil {
		t.Fatal(err)
	}
	want := []wallaroo.User{{
		ID: "028c8b48-c39b-4578-9110-0b5bdd3824da", Username: "jo.doe@example.com", Email: "jo.doe@example.com", FirstName: "Jo", LastName: "Doe",
		Enabled: wallaroo.True, EmailVerified: wallaroo.False, Created: time.UnixMilli(1684355671859).UTC(), RequiredActions: []string{"UPDATE_PASSWORD"}, RealmRoles: []string{"admin"},
		LastLogin: wallaroo.LastLogin{Known: true, At: time.UnixMilli(1684355671000).UTC()},
		Access: wallaroo.Access{
			View: wallaroo.True, Manage: wallaroo.True, MapRoles: wallaroo.True,
			Impersonate: wallaroo.False, ManageGroupMembership: wallaroo.True,
		},
	}}
	if !reflect.DeepEqual(users, want) {
		t.Errorf("got %+v\nwant %+v", users, want)
	}
	if bearer != "Bearer the-token" || len(sent) != 0 {
		t.Errorf("sent %v with %q", sent, bearer)
	}
}

func TestWhatIsMissingOrOfAnotherTypeIsPassedOver(t *testing.T) {
	for name, row := range map[string]struct {
		user string
		want wallaroo.User
	}{
		"nothing at all":               {`{}`, wallaroo.User{}},
		"null everywhere":              {`{"email":null,"username":null,"enabled":null,"createdTimestamp":null,"requiredActions":null,"access":null}`, wallaroo.User{}},
		"known booleans":               {`{"enabled":false,"emailVerified":true}`, wallaroo.User{Enabled: wallaroo.False, EmailVerified: wallaroo.True}},
		"booleans as texts":            {`{"enabled":"false","emailVerified":"true","access":{"manage":0}}`, wallaroo.User{}},
		"known, and then null":         {`{"enabled":true,"enabled":null}`, wallaroo.User{}},
		"other types":                  {`{"email":5,"username":{"a":[1]},"enabled":"yes","createdTimestamp":"soon","requiredActions":"none","access":[],"federatedIdentities":{}}`, wallaroo.User{}},
		"a sign-in that never was":     {`{"lastLogin":null}`, wallaroo.User{LastLogin: wallaroo.LastLogin{Known: true}}},
		"a sign-in of an unknown form": {`{"lastLogin":"yesterday"}`, wallaroo.User{}},
		"an absurd time":               {`{"createdTimestamp":1e300}`, wallaroo.User{}},
		"a list with odd members":      {`{"requiredActions":["A",7,null,"B"]}`, wallaroo.User{RequiredActions: []string{"A", "B"}}},
		"bulky unknown fields":         {`{"username":"jo","userProfileMetadata":{"attributes":[{"name":"x","validators":{}}]}}`, wallaroo.User{Username: "jo"}},
		"a name twice, the last wins":  {`{"username":"jo","username":"flo"}`, wallaroo.User{Username: "flo"}},
		"no links to others":           {`{"federatedIdentities":[]}`, wallaroo.User{FederatedKnown: true}},
		"a link to another": {
			`{"federatedIdentities":[{"identityProvider":"google","userId":"1","userName":"jo"},7]}`,
			wallaroo.User{FederatedKnown: true, FederatedIdentities: []wallaroo.FederatedIdentity{{Provider: "google", UserID: "1", UserName: "jo"}}},
		},
		"only manage":      {`{"access":{"manage":false,"new":true}}`, wallaroo.User{Access: wallaroo.Access{Manage: wallaroo.False}}},
		"broken UTF-8":     {"{\"firstName\":\"J\xff\"}", wallaroo.User{FirstName: "J\uFFFD"}},
		"escapes":          {`{"firstName":"J\u006f \ud83d\ude00"}`, wallaroo.User{FirstName: "Jo 😀"}},
		"a lone surrogate": {`{"firstName":"\ud83d"}`, wallaroo.User{FirstName: "\uFFFD"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := api(t, says(200, `{"other":[1,{"users":3}],"users":{"u1":`+row.user+`},"more":1}`))
			row.want.ID = "u1"
			users, err := c.Users(t.Context(), "t")
			if err != nil || len(users) != 1 || !reflect.DeepEqual(users[0], row.want) {
				t.Errorf("got %+v, %v\nwant %+v", users, err, row.want)
			}
			u, raw, found, err := c.UserByID(t.Context(), "t", "u1")
			if err != nil || !found || !reflect.DeepEqual(u, row.want) || string(raw) != row.user {
				t.Errorf("by id got %+v %v %s %v\nwant %+v", u, found, raw, err, row.want)
			}
		})
	}
}

func TestAnUnknownUserIsNotAnError(t *testing.T) {
	c := api(t, says(200, `{"users":{}}`))
	if users, err := c.Users(t.Context(), "t"); err != nil || len(users) != 0 {
		t.Errorf("got %v, %v", users, err)
	}
	if _, _, found, err := c.UserByID(t.Context(), "t", "u1"); err != nil || found {
		t.Errorf("by id: found %v, %v", found, err)
	}
	c = api(t, says(200, `{"users":{"u1":null}}`))
	if _, _, found, err := c.UserByID(t.Context(), "t", "u1"); err != nil || found {
		t.Errorf("null by id: found %v, %v", found, err)
	}
}

func TestSec22_EveryBadAnswerHasItsKind(t *testing.T) {
	for name, row := range map[string]struct {
		answer  http.HandlerFunc
		kind    error
		inDoubt bool
	}{
		"401":                              {says(401, `{"msg":"no","code":401}`), wallaroo.ErrUnauthorized, false},
		"403":                              {says(403, `{"code":403,"status":"Error","error":"limit","source":"x"}`), wallaroo.ErrForbidden, false},
		"400":                              {says(400, `{"msg":"exists","code":400}`), wallaroo.ErrRejected, false},
		"409":                              {says(409, ``), wallaroo.ErrRejected, false},
		"404":                              {says(404, `not found`), wallaroo.ErrNotFound, false},
		"501":                              {says(501, ``), wallaroo.ErrNotFound, false},
		"429":                              {says(429, ``), wallaroo.ErrTooMany, false},
		"500":                              {says(500, `{"msg":"oops","code":500}`), wallaroo.ErrServer, true},
		"a proxy's HTML 502":               {says(502, `<html>Bad gateway</html>`), wallaroo.ErrServer, true},
		"a redirect":                       {says(302, ``), wallaroo.ErrMalformed, true},
		"HTML for JSON":                    {says(200, `<!doctype html><title>Sign in</title>`), wallaroo.ErrMalformed, true},
		"an empty answer":                  {says(200, ``), wallaroo.ErrMalformed, true},
		"truncated JSON":                   {says(200, `{"users":{"a":{"email":"jo@ex`), wallaroo.ErrMalformed, true},
		"a hang":                           {hang, wallaroo.ErrTimeout, true},
		"a body that never ends":           {drip, wallaroo.ErrTimeout, true},
		"a connection that broke":          {hijack, wallaroo.ErrUnreachable, true},
		"one that was cut in the answer":   {cutShort(closed), wallaroo.ErrUnreachable, true},
		"one that was reset in the answer": {cutShort(wasReset), wallaroo.ErrUnreachable, true},
		"a chunk that never came":          {chunkCutShort, wallaroo.ErrUnreachable, true},
		"what is no gzip":                  {noGzip, wallaroo.ErrMalformed, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := api(t, row.answer)
			for _, err := range []error{
				third(c.Users(t.Context(), "t")), c.Activate(t.Context(), "t", "jo@example.com"),
				third(c.Invite(t.Context(), "t", "jo@example.com", "")),
			} {
				if !errors.Is(err, row.kind) {
					t.Errorf("got %v, want %v", err, row.kind)
				}
				if wallaroo.InDoubt(err) != row.inDoubt {
					t.Errorf("in doubt: %v, for %v", wallaroo.InDoubt(err), err)
				}
			}
		})
	}
}

func third[T any](_ T, err error) error { return err }

func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // or the server doesn't notice that the client has gone
	<-r.Context().Done()
}

func drip(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(w, `{"users":{`)
	for r.Context().Err() == nil {
		_, _ = io.WriteString(w, " ")
		w.(http.Flusher).Flush()
		time.Sleep(10 * time.Millisecond)
	}
}

func hijack(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// cutShort begins a valid answer and closes the connection before its end.
func cutShort(end func(net.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = buffered.WriteString("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"users\":{")
		_ = buffered.Flush()
		end(conn)
	}
}

func closed(conn net.Conn) { _ = conn.Close() }

func wasReset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // what is not read yet is dropped, and the other end told so
	}
	_ = conn.Close()
}

func chunkCutShort(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"users":{`)
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func noGzip(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = io.WriteString(w, `{"users":{}}`)
}

func TestThePauseThatTheAPIAsksForIsRead(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                      0,
		"soon":                  0,
		"-1":                    0,
		"0":                     0,
		"7":                     7 * time.Second,
		"7200":                  time.Hour, // not none: who asked must not come back at once
		"99999999999999999999":  time.Hour,
		"-99999999999999999999": 0,
		time.Now().Add(3 * time.Hour).UTC().Format(http.TimeFormat): time.Hour,
		time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat):    0,
	} {
		c := api(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		var e *wallaroo.Error
		if err := c.Activate(t.Context(), "t", "jo@example.com"); !errors.As(err, &e) || e.RetryAfter != want {
			t.Errorf("%q: got %v, want %v", header, e.RetryAfter, want)
		}
	}
}

func TestUsersMissingOrNullIsNoList(t *testing.T) {
	for _, body := range []string{`{}`, `{"users":null}`, `{"users":[]}`, `[]`, `7`, `null`} {
		c := api(t, says(200, body))
		if _, err := c.Users(t.Context(), "t"); !errors.Is(err, wallaroo.ErrMalformed) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestARefusedConnectionIsNotInDoubt(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	origin := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	err = clientOf(t, origin, 2*time.Second).Activate(t.Context(), "t", "jo@example.com")
	if !errors.Is(err, wallaroo.ErrUnreachable) || wallaroo.InDoubt(err) {
		t.Errorf("got %v, in doubt %v", err, wallaroo.InDoubt(err))
	}
}

func TestSec21_ARedirectIsNotFollowedAndTheTokenStaysHere(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := api(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) })
		_, listErr := c.Users(t.Context(), "secret")
		for call, err := range map[string]error{"query": listErr, "activate": c.Activate(t.Context(), "secret", "jo@example.com")} {
			if !errors.Is(err, wallaroo.ErrMalformed) || elsewhere.Load() != 0 {
				t.Errorf("%d, %s: got %v; the other host was asked %d times", status, call, err, elsewhere.Load())
			}
		}
	}
}

func TestSec20_AnAnswerOverTheLimitIsRefused(t *testing.T) {
	const limit = 64 << 10
	body := `{"users":{"u1":{"firstName":"` + strings.Repeat("x", limit-40) + `"}}}`
	for _, row := range []struct {
		body string
		want error
	}{
		{body, nil},
		{body + strings.Repeat(" ", limit-len(body)), nil},
		{strings.Replace(body, "x", strings.Repeat("x", 60), 1), wallaroo.ErrTooLarge},
	} {
		server := httptest.NewServer(says(200, row.body))
		t.Cleanup(server.Close)
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		c := instanceOf(wallaroo.Options{Origin: u, Timeout: time.Minute, ListTimeout: time.Minute, MaxList: limit})
		if _, err := c.Users(t.Context(), "t"); !errors.Is(err, row.want) {
			t.Errorf("%d bytes: got %v, want %v", len(row.body), err, row.want)
		}
	}
}

func TestTheAPIsAnswerIsInTheErrorForTheLogOnly(t *testing.T) {
	c := api(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, "slow\ndown")
	})
	var e *wallaroo.Error
	if err := c.Activate(t.Context(), "t", "jo@example.com"); !errors.As(err, &e) {
		t.Fatal(err)
	}
	if e.Op != "activate" || e.Status != 429 || e.RetryAfter != 7*time.Second || !strings.Contains(e.Error(), `"slow down"`) {
		t.Errorf("got %+v: %v", e, e)
	}
}

func TestInviteSendsThePasswordOnlyWhenThereIsOne(t *testing.T) {
	var sent []string
	c := api(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = append(sent, string(body))
		_, _ = fmt.Fprint(w, `{"id":"u9","password":"kT7"}`)
	})
	got, err := c.Invite(t.Context(), "t", "jo@example.com", "")
	if err != nil || got != (wallaroo.Invitation{ID: "u9", Password: "kT7"}) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := c.Invite(t.Context(), "t", "jo@example.com", "my own"); err != nil {
		t.Error(err)
	}
	if sent[0] != `{"email":"jo@example.com"}` || !strings.Contains(sent[1], `"password":"my own"`) {
		t.Errorf("sent %q", sent)
	}
}

func TestAnInvitationThatCantBeReadGivesNoPassword(t *testing.T) {
	for _, body := range []string{`{"password":"kT7","id":5}`, `{"password":"kT7","password":"x"}`, `{"password":"kT7"`} {
		got, err := api(t, says(200, body)).Invite(t.Context(), "t", "jo@example.com", "")
		if !errors.Is(err, wallaroo.ErrMalformed) || got != (wallaroo.Invitation{}) {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
}

func TestAnAPIThatDoesNotAnswerIsNotAskedForAWhile(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		hang(w, r)
	}))
	t.Cleanup(server.Close)
	c := clientOf(t, server.URL, 20*time.Millisecond)
	for range 20 {
		if err := c.Activate(t.Context(), "t", "jo@example.com"); !errors.Is(err, wallaroo.ErrTimeout) {
			t.Fatal(err)
		}
	}
	err := c.Activate(t.Context(), "t", "jo@example.com")
	var e *wallaroo.Error
	if !errors.As(err, &e) || e.Sent || wallaroo.InDoubt(err) || e.RetryAfter == 0 || calls.Load() != 5 {
		t.Errorf("%d calls; then %+v", calls.Load(), e)
	}
}

func TestCancelledRequestsDoNotHideThatAnAPIDoesNotAnswer(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		hang(w, r)
	}))
	t.Cleanup(server.Close)
	c := clientOf(t, server.URL, 20*time.Millisecond)
	for n := range 40 {
		ctx, leave := context.WithCancel(t.Context())
		if n%4 == 3 {
			leave()
		}
		_ = c.Activate(ctx, "t", "jo@example.com") // what it answers is another test's
		leave()
	}
	if n := calls.Load(); n > 10 {
		t.Errorf("it was asked %d times", n)
	}
}

func FuzzUsers(f *testing.F) {
	for _, s := range []string{`{"users":{"a":{"email":"x","access":{"view":true}}}}`, `{"users":null}`, `[`, `{"users":{"a":null}}`, "\xff", `{"users":{"a":{"lastLogin":-1e999}}}`} {
		f.Add(s)
	}
	body := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
	f.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		f.Fatal(err)
	}
	c := instanceOf(wallaroo.Options{Origin: u, Timeout: 5 * time.Second, ListTimeout: 5 * time.Second})
	f.Fuzz(func(t *testing.T, s string) {
		body = s
		users, err := c.Users(t.Context(), "t")
		if err != nil && !errors.Is(err, wallaroo.ErrMalformed) {
			t.Errorf("%q: %v", s, err)
		}
		// What decodes must be what another decoder sees there, too.
		var other struct{ Users map[string]json.RawMessage }
		if err == nil && json.Unmarshal([]byte(s), &other) == nil && len(users) > len(other.Users) {
			t.Errorf("%q: %d users, another decoder has %d", s, len(users), len(other.Users))
		}
	})
}
