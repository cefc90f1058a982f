package auth

import (
	"cmp"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/securecookie"

	"wallaroo-user-admin/internal/cookies"
)

const (
	pendingPurpose = "signin-" // followed by a hash of the state

	pendingLife  = 10 * time.Minute // from the redirect to the provider until the callback
	pendingMax   = 5                // pending sign-ins of one browser
	pendingBytes = 6 << 10          // of their cookies: reverse proxies limit a header line to 8 kB
)

// pendingSignIn is what a callback is verified against. It is kept encrypted in a cookie.
type pendingSignIn struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	ReturnTo string `json:"r"`
	Expires  int64  `json:"e"` // Unix seconds
}

// pendingSignIns keeps each pending sign-in in a cookie of its own, so that several tabs can sign in at once.
type pendingSignIns struct {
	codecs  []securecookie.Codec
	cookies cookies.Site
	now     func() time.Time
}

func newPendingSignIns(secrets []string, site cookies.Site, now func() time.Time) (*pendingSignIns, error) {
	var pairs [][]byte
	for _, secret := range secrets {
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, "wallaroo-user-admin pending sign-in", 64)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, key[:32], key[32:])
	}
	codecs := securecookie.CodecsFromPairs(pairs...)
	for _, c := range codecs {
		if sc, ok := c.(*securecookie.SecureCookie); ok {
			sc.SetSerializer(securecookie.NopEncoder{})
			sc.MaxAge(0) // Expires is in the value, by our clock
		}
	}
	return &pendingSignIns{codecs: codecs, cookies: site, now: now}, nil
}

// purpose returns the cookie's purpose for a state: its hash, so that the name does not reveal the state.
func (ps *pendingSignIns) purpose(state string) string {
	sum := sha256.Sum256([]byte(state))
	return pendingPurpose + base64.RawURLEncoding.EncodeToString(sum[:12])
}

// put sets a cookie with p encrypted, and expires the oldest others beyond pendingMax and pendingBytes.
func (ps *pendingSignIns) put(w http.ResponseWriter, r *http.Request, p pendingSignIn) error {
	p.Expires = ps.now().Add(pendingLife).Unix()
	purpose := ps.purpose(p.State)
	name := ps.cookies.Name(purpose)
	plain, err := json.Marshal(p)
	if err != nil {
		return err
	}
	sealed, err := securecookie.EncodeMulti(name, plain, ps.codecs...)
	if err != nil {
		return err
	}
	ps.dropOldest(w, r, len(name)+len(sealed))
	http.SetCookie(w, ps.cookies.New(purpose, sealed, pendingLife))
	return nil
}

// dropOldest expires cookies that can't be decrypted, and the oldest that exceed the limits together with a new one of
// size bytes.
func (ps *pendingSignIns) dropOldest(w http.ResponseWriter, r *http.Request, size int) {
	type held struct {
		purpose string
		size    int
		expires int64
	}
	var all []held
	for _, c := range r.Cookies() {
		if id, is := strings.CutPrefix(c.Name, ps.cookies.Name(pendingPurpose)); is {
			p, _ := ps.open(c)
			all = append(all, held{pendingPurpose + id, len(c.Name) + len(c.Value), p.Expires})
		}
	}
	slices.SortFunc(all, func(a, b held) int { return cmp.Compare(b.expires, a.expires) })
	for i, c := range all {
		size += c.size
		if c.expires == 0 || i >= pendingMax-1 || size > pendingBytes {
			ps.drop(w, c.purpose)
		}
	}
}

// find returns this browser's pending sign-in with this state; ok is false if there is none or it has expired.
func (ps *pendingSignIns) find(r *http.Request, state string) (p pendingSignIn, ok bool) {
	c, err := r.Cookie(ps.cookies.Name(ps.purpose(state)))
	if err != nil {
		return pendingSignIn{}, false
	}
	p, ok = ps.open(c)
	return p, ok && secretsEqual(p.State, state)
}

func (ps *pendingSignIns) open(c *http.Cookie) (p pendingSignIn, ok bool) {
	var plain []byte
	if securecookie.DecodeMulti(c.Name, c.Value, &plain, ps.codecs...) != nil || json.Unmarshal(plain, &p) != nil {
		return pendingSignIn{}, false
	}
	if ps.now().Unix() >= p.Expires {
		return pendingSignIn{}, false
	}
	return p, true
}

func (ps *pendingSignIns) drop(w http.ResponseWriter, purpose string) {
	http.SetCookie(w, ps.cookies.New(purpose, "", -1))
}
