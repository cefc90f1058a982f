package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a setting's value that no log, error or page may show. Printing,
// logging or encoding one shows only whether it is set; string(s) is the way
// to the value, so that every use of it can be searched for.
type Secret string

// String says whether the secret is set.
func (s Secret) String() string {
	if s == "" {
		return "[not set]"
	}
	return "[set]"
}

// Format implements [fmt.Formatter], so that no verb or flag shows the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText implements [encoding.TextMarshaler], for JSON and its like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
