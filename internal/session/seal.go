package session

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// minSecret is the minimum length of a secret, in bytes.
const minSecret = 32

// key has the keys derived from one secret by HKDF-SHA256 (RFC 5869), a separate
// one for each use.
type key struct {
	id    string      // stored with each row; reveals nothing of the secret
	aead  cipher.AEAD // AES-256-GCM with a random nonce before each ciphertext
	index []byte      // HMAC key of the hashes that sessions are found by
}

// keyring holds the keys of all secrets: the first encrypts, all decrypt.
type keyring []key

func newKeyring(secrets []string) (keyring, error) {
	if len(secrets) == 0 {
		return nil, errors.New("session: no secret")
	}
	ring := make(keyring, 0, len(secrets))
	for _, secret := range secrets {
		if len(secret) < minSecret {
			return nil, fmt.Errorf("session: a secret is shorter than %d characters", minSecret)
		}
		k, err := newKey(secret)
		if err != nil {
			return nil, fmt.Errorf("session: derive keys: %w", err)
		}
		ring = append(ring, k)
	}
	return ring, nil
}

func newKey(secret string) (key, error) {
	derive := func(use string, length int) ([]byte, error) {
		return hkdf.Key(sha256.New, []byte(secret), nil, "wallaroo-user-admin session v1 "+use, length)
	}
	id, err1 := derive("key id", 8)
	sealing, err2 := derive("seal", 32)
	index, err3 := derive("index", 32)
	if err := errors.Join(err1, err2, err3); err != nil {
		return key{}, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return key{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return key{}, err
	}
	return key{id: hex.EncodeToString(id), aead: aead, index: index}, nil
}

// bind returns the additional authenticated data: it binds a ciphertext to its key
// and row, so that it can't be moved to another row.
func bind(keyID, idHash string) []byte { return []byte("v1|" + keyID + "|" + idHash) }

// seal encrypts values for the row idHash with the first key. It fails with
// [ErrTooLarge] or [ErrValues].
func (ring keyring) seal(idHash string, values map[string]string) (keyID string, sealed []byte, err error) {
	for name, value := range values {
		// JSON would replace invalid bytes.
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return "", nil, fmt.Errorf("%w: not UTF-8", ErrValues)
		}
	}
	text, err := json.Marshal(values)
	if err != nil {
		return "", nil, fmt.Errorf("session: encode: %w", err)
	}
	if len(text) > MaxBytes {
		return "", nil, fmt.Errorf("%w: %d bytes of at most %d", ErrTooLarge, len(text), MaxBytes)
	}
	first := ring[0]
	//nolint:gosec // G407: this AEAD makes a random nonce itself and takes none
	return first.id, first.aead.Seal(nil, nil, text, bind(first.id, idHash)), nil
}

// open decrypts values that seal encrypted. It returns an error if the secret is no
// longer configured or the row was tampered with.
func (ring keyring) open(idHash, keyID string, sealed []byte) (map[string]string, error) {
	for _, k := range ring {
		if k.id != keyID {
			continue
		}
		text, err := k.aead.Open(nil, nil, sealed, bind(keyID, idHash))
		if err != nil {
			return nil, errors.New("session: a row's seal is broken")
		}
		var values map[string]string
		if err := json.Unmarshal(text, &values); err != nil {
			return nil, fmt.Errorf("session: decode: %w", err)
		}
		return values, nil
	}
	return nil, errors.New("session: the secret that sealed a row is gone")
}

// indexes returns the HMAC of a value under each key, the first key's first: rows
// written with an older secret have the hash under that one. It returns nil for an
// empty value.
func (ring keyring) indexes(use, value string) []string {
	if value == "" {
		return nil
	}
	out := make([]string, 0, len(ring))
	for _, k := range ring {
		mac := hmac.New(sha256.New, k.index)
		mac.Write([]byte(use + "|" + value))
		out = append(out, base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
	}
	return out
}

// hashed returns the SHA-256 of a high-entropy text in base64url, as stored.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
