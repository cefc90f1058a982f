package auth

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

const (
	keysFresh = 5 * time.Minute  // a read key set is used this long, so a removed key may still verify
	keysStale = time.Hour        // keys are used this long while the provider is unavailable
	keysRetry = 30 * time.Second // between failing reads while older keys are in use
	keysPace  = time.Second      // between the beginnings of two reads
)

var errSignature = errors.New("no key of the provider verifies the signature")

// keySet caches the issuer's signing keys (the JWK Set at jwks_uri). Unlike go-oidc's RemoteKeySet it drops keys that the
// provider has removed, reads at most once every pace for unknown key ids, and keeps working through a short outage.
type keySet struct {
	url     string
	to      *endpoint
	timeout time.Duration
	now     func() time.Time
	flight  singleflight.Group
	pace    time.Duration // keysPace, but for fuzz tests
	began   time.Time     // the last read; only the flight uses it

	mu         sync.Mutex
	keys       []jose.JSONWebKey
	readAt     time.Time
	checkAfter time.Time
}

func newKeySet(url string, to *endpoint, timeout time.Duration, now func() time.Time) *keySet {
	return &keySet{url: url, to: to, timeout: timeout, now: now, pace: keysPace}
}

// unavailableError means that the keys could not be read, which says nothing about the token.
type unavailableError struct{ cause error }

func (e *unavailableError) Error() string { return "reading the provider's keys: " + e.cause.Error() }
func (e *unavailableError) Unwrap() error { return e.cause }

// verify returns the payload of a token that one of the provider's keys has signed. The error is errSignature, or
// *unavailableError if the key set can't be read: an unknown key might then be the provider's next one.
func (s *keySet) verify(ctx context.Context, token *jose.JSONWebSignature) ([]byte, error) {
	keys, justRead, err := s.current(ctx)
	if payload, ok := verifyWith(keys, token); ok {
		return payload, nil
	}
	if err == nil && !justRead {
		keys, err = s.read(ctx)
		if payload, ok := verifyWith(keys, token); ok {
			return payload, nil
		}
	}
	if err != nil {
		return nil, &unavailableError{err}
	}
	return nil, errSignature
}

func verifyWith(keys []jose.JSONWebKey, token *jose.JSONWebSignature) ([]byte, bool) {
	kid := token.Signatures[0].Header.KeyID
	for i := range keys {
		if kid != "" && keys[i].KeyID != kid {
			continue
		}
		if payload, err := token.Verify(&keys[i]); err == nil {
			return payload, true
		}
	}
	return nil, false
}

// current returns the cached keys, and reads them again after keysFresh. If that fails, it returns the error together
// with the old keys until keysStale.
func (s *keySet) current(ctx context.Context) (keys []jose.JSONWebKey, justRead bool, err error) {
	s.mu.Lock()
	keys = s.keys
	if s.now().Sub(s.readAt) > keysStale {
		keys = nil
	}
	due := !s.now().Before(s.checkAfter)
	s.mu.Unlock()
	if keys != nil && !due {
		return keys, false, nil
	}
	fresh, err := s.read(ctx)
	if err != nil {
		return keys, false, err
	}
	return fresh, true, nil
}

// read fetches the key set; concurrent callers share one request. If the last one began less than the pace ago, they wait
// for the rest of it: anyone can send tokens with unknown key ids, which must neither flood the provider nor keep others
// from a new key.
func (s *keySet) read(ctx context.Context) ([]jose.JSONWebKey, error) {
	return doShared(ctx, &s.flight, s.to.Endpoint, s.timeout/2, func(ctx context.Context) ([]jose.JSONWebKey, error) {
		time.Sleep(time.Until(s.began.Add(s.pace)))
		s.began = time.Now()
		keys, err := s.fetch(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil {
			s.checkAfter = s.now().Add(keysRetry)
			return nil, err
		}
		s.keys, s.readAt, s.checkAfter = keys, s.now(), s.now().Add(keysFresh)
		return keys, nil
	})
}

func (s *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.to.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return parseKeys(body)
}

// parseKeys returns the keys of a JWK Set that may sign RS256. Keys that are not understood are ignored (RFC 7517
// section 5).
func parseKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("not a key set: %w", err)
	}
	if set.Keys == nil {
		return nil, errors.New("not a key set: no keys")
	}
	keys := []jose.JSONWebKey{}
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) != nil {
			continue
		}
		_, isRSA := k.Key.(*rsa.PublicKey)
		if isRSA && k.Valid() && (k.Use == "" || k.Use == "sig") && (k.Algorithm == "" || k.Algorithm == string(jose.RS256)) {
			keys = append(keys, k)
		}
	}
	return keys, nil
}
