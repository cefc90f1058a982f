package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a setting's value that must not appear in a log, error or page.
// Printing, logging or encoding one shows only whether it is set. string(s)
// returns the value, so that every use of it can be searched for.
type Secret string

// String returns "[set]" or "[not set]".
func (s Secret) String() string {
	if s == "" {
		return "[not set]"
	}
	return "[set]"
}

// Format implements [fmt.Formatter], so that no verb or flag shows the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText implements [encoding.TextMarshaler], which JSON encoders use.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
