package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// control handles one test control: it returns a value to be sent as JSON, or what was wrong with the request.
type control func(r *http.Request) (any, error)

// controls routes /control/. README.md describes each for its users.
func (d *Demo) controls() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, c control) { mux.HandleFunc(pattern, c.serve) }
	handle("POST /control/reset", d.reset)
	handle("GET /control/faults", d.listFaults)
	handle("POST /control/faults", d.addFault)
	handle("DELETE /control/faults", d.clearFaults)
	handle("GET /control/requests", d.listRequests)
	handle("DELETE /control/requests", d.clearRequests)
	handle("GET /control/users", d.findUsers)
	handle("POST /control/users", d.changeUsers)
	handle("GET /control/sessions", d.ofProvider(d.listSessions))
	handle("POST /control/end-session", d.ofProvider(d.endSessions))
	handle("POST /control/revoke", d.ofProvider(d.revoke))
	handle("POST /control/token", d.ofProvider(d.makeToken))
	handle("POST /control/rotate-keys", d.ofProvider(d.rotateKeys))
	return mux
}

func (c control) serve(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	answer, err := c(r)
	if err != nil {
		answerJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	if answer == nil {
		answer = struct{}{}
	}
	answerJSON(w, http.StatusOK, answer)
}

// ofProvider makes c return an error when a real provider is in use instead of the embedded one.
func (d *Demo) ofProvider(c control) control {
	if d.provider == nil {
		return func(*http.Request) (any, error) { return nil, errors.New("a real provider is in use: ask that one") }
	}
	return c
}

// read decodes a control's body. An empty body is valid; an unknown field is an error.
func read(r *http.Request, into any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("request body: %w", err)
	}
	return nil
}

// reset serves POST /control/reset: accounts as at the start; no sessions, faults or logged requests.
func (d *Demo) reset(r *http.Request) (any, error) {
	var in struct {
		Users    *int      `json:"users"`
		Seats    *int      `json:"seats"`
		TokenTTL *duration `json:"tokenTTL"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	size := d.start
	if in.Users != nil {
		size.users = *in.Users
	}
	if in.Seats != nil {
		size.seats = *in.Seats
	}
	if in.TokenTTL != nil {
		size.ttl = time.Duration(*in.TokenTTL)
	}
	if err := checkUsers(size.users); err != nil {
		return nil, err
	}
	if size.ttl < time.Second || size.seats < 0 {
		return nil, errors.New("want a tokenTTL of a second or more, and seats of 0 or more")
	}
	d.users.seed(size.users)
	d.users.setSeats(size.seats)
	d.faults.clear()
	d.requests.clear()
	if d.provider != nil {
		d.provider.store.reset()
		d.provider.store.setTokenTTL(size.ttl)
	}
	return d.users.counts(), nil
}

// listFaults serves GET /control/faults.
func (d *Demo) listFaults(*http.Request) (any, error) { return d.faults.all(), nil }

// addFault serves POST /control/faults.
func (d *Demo) addFault(r *http.Request) (any, error) {
	var f fault
	if err := read(r, &f); err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	d.faults.add(f)
	return d.faults.all(), nil
}

// clearFaults serves DELETE /control/faults.
func (d *Demo) clearFaults(*http.Request) (any, error) {
	d.faults.clear()
	return nil, nil
}

// listRequests serves GET /control/requests (?endpoint=).
func (d *Demo) listRequests(r *http.Request) (any, error) {
	return d.requests.all(r.FormValue("endpoint")), nil
}

// clearRequests serves DELETE /control/requests.
func (d *Demo) clearRequests(*http.Request) (any, error) {
	d.requests.clear()
	return nil, nil
}

// listSessions serves GET /control/sessions (?sub=): the provider's sessions.
func (d *Demo) listSessions(r *http.Request) (any, error) {
	return d.provider.store.listSessions(r.FormValue("sub")), nil
}

// endSessions serves POST /control/end-session: it ends sessions as an administrator does in the Keycloak console. The
// dashboards get one logout token per session; with withoutSid, or if sub has no session, one for all with sub only;
// with withoutSub each token has sid only.
func (d *Demo) endSessions(r *http.Request) (any, error) {
	var in struct {
		Subject    string `json:"sub"`
		SessionID  string `json:"sid"`
		WithoutSid bool   `json:"withoutSid"`
		WithoutSub bool   `json:"withoutSub"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if (in.Subject == "") == (in.SessionID == "") || (in.WithoutSid && in.Subject == "") {
		return nil, errors.New("want either sub or sid; withoutSid goes with sub")
	}
	store := d.provider.store
	ended := []string{in.SessionID}
	if in.Subject != "" {
		ended = store.sessionsOf(in.Subject)
	}
	if in.Subject != "" && (in.WithoutSid || len(ended) == 0) {
		store.drop(ended)
		return map[string]any{"notices": d.provider.notify(r.Context(), in.Subject, "")}, nil
	}
	notices := []notice{}
	for _, sid := range ended {
		if in.WithoutSub {
			store.drop([]string{sid})
			notices = append(notices, d.provider.notify(r.Context(), "", sid)...)
			continue
		}
		notices = append(notices, store.end(r.Context(), sid)...)
	}
	if len(notices) == 0 && in.SessionID != "" && len(store.client.bases) > 0 {
		return nil, fmt.Errorf("no session %q", in.SessionID)
	}
	return map[string]any{"notices": notices}, nil
}

// revoke serves POST /control/revoke: it revokes all refresh tokens of an account.
func (d *Demo) revoke(r *http.Request) (any, error) {
	var in struct {
		Subject string `json:"sub"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return map[string]int{"revoked": d.provider.store.revoke(in.Subject)}, nil
}

// makeToken serves POST /control/token: an access token without a sign-in.
func (d *Demo) makeToken(r *http.Request) (any, error) {
	in := struct {
		User string    `json:"user"`
		TTL  *duration `json:"ttl"`
	}{User: AdminEmail}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	ttl := d.provider.store.tokenTTL()
	if in.TTL != nil {
		ttl = time.Duration(*in.TTL)
	}
	a, ok := d.users.lookup(in.User)
	if !ok {
		return nil, fmt.Errorf("no account %q", in.User)
	}
	token, err := d.provider.accessToken(a.id, uuid.NewString(), time.Now(), []string{"openid", "profile", "email"}, ttl)
	if err != nil {
		return nil, err
	}
	return map[string]any{"access_token": token, "expires_in": int64(ttl.Seconds()), "token_type": "Bearer"}, nil
}

// rotateKeys serves POST /control/rotate-keys: it makes a new signing key. drop removes the old keys at once.
func (d *Demo) rotateKeys(r *http.Request) (any, error) {
	var in struct {
		Drop bool `json:"drop"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return nil, d.provider.store.keys.rotate(in.Drop)
}
