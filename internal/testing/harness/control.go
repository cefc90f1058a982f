package harness

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
)

// Control sends a request to the stand-in's controls and returns the answer's body.
func (s *Stack) Control(method, path string, body any) []byte {
	s.T.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		s.T.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.T.Context(), method, s.StandIn+"/control/"+path, bytes.NewReader(encoded))
	if err != nil {
		s.T.Fatal(err)
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.T.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		s.T.Fatalf("%s /control/%s: %d %s %v", method, path, res.StatusCode, answer, err)
	}
	return answer
}

// Fault adds a fault to an endpoint of the stand-in, until NoFaults or for how's number of times.
func (s *Stack) Fault(endpoint string, how map[string]any) {
	s.T.Helper()
	f := maps.Clone(how)
	f["endpoint"] = endpoint
	s.Control(http.MethodPost, "faults", f)
}

// NoFaults removes all faults.
func (s *Stack) NoFaults() {
	s.T.Helper()
	s.Control(http.MethodDelete, "faults", nil)
}

// Requests returns the stand-in's log of one endpoint's calls, or of all with "".
func (s *Stack) Requests(endpoint string) []map[string]any {
	s.T.Helper()
	var all struct {
		Requests []map[string]any `json:"requests"`
	}
	answer := s.Control(http.MethodGet, "requests?endpoint="+endpoint, nil)
	if err := json.Unmarshal(answer, &all); err != nil {
		if err := json.Unmarshal(answer, &all.Requests); err != nil {
			s.T.Fatalf("%s: %v", answer, err)
		}
	}
	return all.Requests
}

// ForgetRequests clears that log.
func (s *Stack) ForgetRequests() {
	s.T.Helper()
	s.Control(http.MethodDelete, "requests", nil)
}

// Account is the state of one account at the stand-in.
type Account struct {
	ID      string `json:"id"`
	Email   string `json:"email"`
	Enabled bool   `json:"enabled"`
}

// Account returns an account by its id or email address. It fails the test if there is none.
func (s *Stack) Account(user string) Account {
	s.T.Helper()
	found := s.accounts(user)
	if len(found) == 0 {
		s.T.Fatalf("no account %s", user)
	}
	return found[0]
}

// UserID returns the id of the account with this email address.
func (s *Stack) UserID(user string) string {
	s.T.Helper()
	return s.Account(user).ID
}

// Exists reports whether the stand-in has an account.
func (s *Stack) Exists(user string) bool {
	s.T.Helper()
	return len(s.accounts(user)) > 0
}

func (s *Stack) accounts(user string) (found []Account) {
	s.T.Helper()
	answer := s.Control(http.MethodGet, "users?user="+url.QueryEscape(user), nil)
	if err := json.Unmarshal(answer, &found); err != nil {
		s.T.Fatalf("%s: %v", answer, err)
	}
	return found
}
