package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// fixedTokens are testdata/tokens.json: one valid token of each kind, issued 1,900,000,000 seconds after 1970, and
// the public key that verifies them. The private key was thrown away, so no other input is a valid token. They are
// stored because every fuzzing process needs the same ones.
type fixedTokens struct {
	Keys   []jose.JSONWebKey `json:"keys"`
	ID     string            `json:"id"`
	Access string            `json:"access"`
	Logout string            `json:"logout"`
}

// readFixedTokens returns the tokens, each with the function that verifies its kind, and a time at which they are
// valid.
func readFixedTokens(f *testing.F) map[string]func(context.Context, string) error {
	f.Helper()
	text, err := os.ReadFile("testdata/tokens.json")
	if err != nil {
		f.Fatal(err)
	}
	var fixed fixedTokens
	if err := json.Unmarshal(text, &fixed); err != nil {
		f.Fatal(err)
	}
	now := func() time.Time { return time.Unix(1_900_000_010, 0) }
	to := newEndpoints(saying(map[string]any{"keys": fixed.Keys}), time.Minute)
	set := newKeySet("https://id.example.com/certs", to.keys, time.Minute, now)
	set.pace = 0
	m := &metadata{issuer: "https://id.example.com", clientID: "dashboard", to: to, now: now, keys: set, clock: new(providerClock)}
	return map[string]func(context.Context, string) error{
		fixed.ID:     func(ctx context.Context, raw string) error { _, err := m.idToken(ctx, raw, fixed.Access); return err },
		fixed.Access: func(ctx context.Context, raw string) error { _, _, err := m.accessToken(ctx, raw); return err },
		fixed.Logout: func(ctx context.Context, raw string) error { _, err := m.logoutToken(ctx, raw); return err },
	}
}

// FuzzTokens checks that only the exact token that the provider signed is accepted, and only as its own kind.
func FuzzTokens(f *testing.F) {
	kinds := readFixedTokens(f)
	for good := range kinds {
		pieces := strings.Split(good, ".")
		f.Add(good)
		f.Add(pieces[0] + "." + pieces[1] + ".")
		f.Add(pieces[0] + ".." + pieces[2])
		f.Add("eyJhbGciOiJub25lIn0." + pieces[1] + ".") // {"alg":"none"}
		f.Add("eyJhbGciOiJSUzI1NiJ9." + pieces[1] + "." + pieces[2])
		f.Add("eyJhbGciOiJSUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19." + pieces[1] + "." + pieces[2]) // b64 false, RFC 7797
		f.Add(`{"payload":"` + pieces[1] + `","protected":"` + pieces[0] + `","signature":"` + pieces[2] + `"}`)
	}
	for _, s := range []string{"", ".", "..", "...", "a.b.c", "{}", "\xff.\xff.\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for good, verify := range kinds {
			err := verify(t.Context(), raw)
			if err == nil && !reflect.DeepEqual(decoded(raw), decoded(good)) {
				t.Errorf("%q passes for %q", raw, good)
			}
			if err != nil && (raw == good || KindOf(err) != SignInRefused) {
				t.Errorf("%q: %v", raw, err)
			}
		}
	})
}

// decoded returns the header, payload and signature of a compact JWS, as far as they can be decoded.
func decoded(raw string) (pieces []string) {
	for piece := range strings.SplitSeq(raw, ".") {
		bytes, err := base64.RawURLEncoding.DecodeString(piece)
		pieces = append(pieces, fmt.Sprintf("%s %v", bytes, err))
	}
	return pieces
}
