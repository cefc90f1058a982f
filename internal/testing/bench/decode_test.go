package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"
)

// BenchmarkDecode compares the client, which decodes the list answer as a
// stream, with encoding/json decoding the same bytes into a map.
func BenchmarkDecode(b *testing.B) {
	for _, n := range sizes() {
		benchmarkDecode(b, fmt.Sprint(n), n, body(n, ""))
	}
	benchmarkDecode(b, "10000-bulky", 10_000, body(10_000, bulky))
}

func benchmarkDecode(b *testing.B, name string, n int, answer []byte) {
	b.Run("client/"+name, func(b *testing.B) {
		client := clientOf(func() io.Reader { return bytes.NewReader(answer) })
		b.SetBytes(int64(len(answer)))
		measure(b, func() {
			if users, err := client.Users(b.Context(), "t"); err != nil || len(users) != n {
				b.Fatal(len(users), err)
			}
		})
	})
	b.Run("map/"+name, func(b *testing.B) {
		b.SetBytes(int64(len(answer)))
		measure(b, func() {
			var into struct {
				Users map[string]map[string]any `json:"users"`
			}
			if err := json.Unmarshal(answer, &into); err != nil || len(into.Users) != n {
				b.Fatal(len(into.Users), err)
			}
		})
	})
}
