package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"

	"wallaroo-user-admin/internal/directory"
)

// BenchmarkKept measures the memory per user of a cached list: as read, and
// after it has been sorted by every column.
func BenchmarkKept(b *testing.B) {
	for _, n := range sizes() {
		answer := body(n, "")
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				before := inUse()
				reading := read(b, answer)
				kept := inUse() - before
				for column := directory.ByEmail; column <= directory.ByCreated; column++ {
					reading.List(directory.ListParams{Sort: column, Per: 50})
				}
				reading.Facets()
				b.ReportMetric(float64(kept)/float64(n), "B/user")
				b.ReportMetric(float64(inUse()-before)/float64(n), "sorted-B/user")
				runtime.KeepAlive(reading)
			}
		})
	}
}

// BenchmarkStreamed measures the peak memory beside the users during a read: when
// the last byte of the body has come.
func BenchmarkStreamed(b *testing.B) {
	const n = 100_000
	b.Run(fmt.Sprint(n), func(b *testing.B) {
		for b.Loop() {
			stream := &generated{n: n}
			before := inUse()
			users, err := clientOf(func() io.Reader { return stream }).Users(b.Context(), "t")
			if err != nil || len(users) != n {
				b.Fatal(len(users), err)
			}
			atLast, after := stream.inUse-before, inUse()-before
			runtime.KeepAlive(users)
			b.ReportMetric(float64(stream.sent), "body-B")
			b.ReportMetric(float64(after), "users-B")
			b.ReportMetric(max(float64(atLast)-float64(after), 0), "beside-B")
		}
	})
}

// generated generates a body while it is read, and measures the memory in use
// before the last part.
type generated struct {
	n, next int
	part    bytes.Buffer
	sent    int64
	inUse   int64
}

func (g *generated) Read(p []byte) (int, error) {
	if g.part.Len() == 0 {
		if g.next > g.n {
			return 0, io.EOF
		}
		g.fill()
	}
	n, err := g.part.Read(p)
	g.sent += int64(n)
	return n, err
}

func (g *generated) fill() {
	switch g.next {
	case g.n:
		g.inUse = inUse()
		g.part.WriteString("}}")
	case 0:
		g.part.WriteString(`{"users":{`)
		writeUser(&g.part, 0, bulky)
	default:
		g.part.WriteByte(',')
		writeUser(&g.part, g.next, bulky)
	}
	g.next++
}

// inUse returns the reachable bytes of the heap.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
