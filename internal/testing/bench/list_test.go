package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"wallaroo-user-admin/internal/directory"
)

// asks returns list parameters by name.
func asks(tb testing.TB) map[string]directory.ListParams {
	tb.Helper()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	query := func(text string) *directory.Query {
		q, err := directory.ParseQuery(text, now)
		if err != nil {
			tb.Fatal(err)
		}
		return q
	}
	return map[string]directory.ListParams{
		"all":         {Page: 1, Per: 50, Now: now},
		"word":        {Query: query("siobhan"), Sort: directory.ByLastLogin, Desc: true, Page: 2, Per: 50, Now: now},
		"three-terms": {Query: query("team1 jo status:active"), Sort: directory.ByName, Page: 1, Per: 50, Now: now},
		"nobody":      {Query: query("qqqqqq"), Sort: directory.ByCreated, Page: 1, Per: 50, Now: now},
	}
}

// BenchmarkList searches, sorts and pages a list that has been sorted by the
// column before.
func BenchmarkList(b *testing.B) {
	for _, n := range sizes() {
		reading := read(b, body(n, ""))
		for name, ask := range asks(b) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				found := reading.List(ask).Total
				measure(b, func() {
					if reading.List(ask).Total != found {
						b.Fatal("another total")
					}
				})
			})
		}
	}
}

// BenchmarkFirstList is the same for the first request after a read, which has to
// sort the column.
func BenchmarkFirstList(b *testing.B) {
	for _, n := range sizes() {
		answer := body(n, "")
		b.Run(fmt.Sprintf("word/%d", n), func(b *testing.B) {
			var watch stopwatch
			for range b.N {
				reading, ask := read(b, answer), asks(b)["word"]
				watch.time(func() { reading.List(ask) })
			}
			watch.report(b)
		})
	}
}

// BenchmarkMarshal is the yardstick for a list: encoding/json marshalling all
// users once.
func BenchmarkMarshal(b *testing.B) {
	for _, n := range sizes() {
		answer := body(n, "")
		users, err := clientOf(func() io.Reader { return bytes.NewReader(answer) }).Users(b.Context(), "t")
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			measure(b, func() {
				if _, err := json.Marshal(users); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}
