package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"

	"wallaroo-user-admin/internal/directory"
)

// BenchmarkKept tells how much memory a user takes while the list is kept: as
// read, and once it has been sorted by every column.
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

// BenchmarkStreamed tells what is in memory beside the users at the worst moment
// of a read: the last byte of the body has come, nothing of it was let go yet
// that ever will be before the answer is whole.
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

// generated makes a body as it is read, so that it is nowhere whole, and looks
// at the memory in use before it gives the last part.
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

// inUse is how many bytes of the heap are reachable.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
