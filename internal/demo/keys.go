package demo

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// signingKey is an RS256 key pair. It implements op.SigningKey.
type signingKey struct {
	id   string
	pair *rsa.PrivateKey
}

func (k signingKey) ID() string                                  { return k.id }
func (k signingKey) Key() any                                    { return k.pair }
func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }

// publicKey is the published half of a signingKey. It implements op.Key.
type publicKey struct{ signingKey }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return &k.pair.PublicKey }

// keyring holds the provider's keys, the signing key first. The first key is generated on demand, since that is slow
// and many tests need none.
type keyring struct {
	mu   sync.Mutex
	keys []signingKey
}

func (r *keyring) current() (signingKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.keys) == 0 {
		if err := r.add(); err != nil {
			return signingKey{}, err
		}
	}
	return r.keys[0], nil
}

// published returns the keys of the certs endpoint.
func (r *keyring) published() ([]op.Key, error) {
	if _, err := r.current(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := make([]op.Key, len(r.keys))
	for i, k := range r.keys {
		keys[i] = publicKey{k}
	}
	return keys, nil
}

// rotate generates a new signing key. The old ones stay published unless drop is set.
func (r *keyring) rotate(drop bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if drop {
		r.keys = nil
	}
	return r.add()
}

func (r *keyring) add() error {
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	r.keys = append([]signingKey{{uuid.NewString(), pair}}, r.keys...)
	return nil
}
