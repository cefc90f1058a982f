package session

import (
	"crypto/rand"
	"encoding/base64"
)

const idBytes = 32

func newID() string {
	b := make([]byte, idBytes)
	_, _ = rand.Read(b) // it never returns an error: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

func isID(text string) bool {
	if len(text) != base64.RawURLEncoding.EncodedLen(idBytes) {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(b) == idBytes
}
