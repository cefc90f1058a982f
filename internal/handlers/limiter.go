package handlers

import (
	"hash/maphash"
	"strconv"
	"sync"
	"time"
)

const (
	// mostKeys is how many keys a limiter counts individually. An attacker can have any number of addresses (an IPv6
	// /32, which can be rented, holds 2^32 /64 networks), and two minutes of new ones must not exhaust the memory. It
	// takes about 10 MB.
	mostKeys = 100_000
	// sharedCounts is the number of counters for the keys beyond that. There are several, so that an attacker who fills
	// the keys does not block all other clients by exhausting one counter.
	sharedCounts = 256
)

// limiter is a sliding-window rate limiter per key. It counts requests in fixed minutes and weights the count of the
// previous minute by the share of it that lies within the past 60 seconds, so a key costs two numbers for two minutes.
// Beyond mostKeys, known keys keep their counters and new ones share sharedCounts of them.
type limiter struct {
	perMinute int
	seed      maphash.Seed // so that a client can't choose a key that shares another's counter

	mu            sync.Mutex
	began         time.Time // start of the current minute
	current, last map[string]int
}

func newLimiter(perMinute int, now time.Time) *limiter {
	return &limiter{perMinute: perMinute, seed: maphash.MakeSeed(), began: now, current: make(map[string]int), last: make(map[string]int)}
}

// take counts a request and returns 0, or returns how long to wait until the next one is allowed. A refused request is
// not counted.
func (l *limiter) take(key string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turnLocked(now)
	key = l.countedLocked(key)
	if wait = l.untilFreeLocked(l.last[key], l.current[key], now.Sub(l.began)); wait == 0 {
		l.current[key]++
	}
	return wait
}

// countedLocked returns the key that counts requests of key: itself if it is known or there is room, else a shared one.
// A key that occurs in both minutes counts twice against mostKeys' limit, so there are never more than 2*mostKeys
// numbers.
func (l *limiter) countedLocked(key string) string {
	if l.last[key] > 0 || l.current[key] > 0 || len(l.last)+len(l.current) < mostKeys {
		return key
	}
	return "shared " + strconv.FormatUint(maphash.String(l.seed, key)%sharedCounts, 10)
}

// turnLocked rotates the counters when a new minute has begun.
func (l *limiter) turnLocked(now time.Time) {
	minutes := now.Sub(l.began) / time.Minute
	if minutes < 1 {
		return
	}
	l.last, l.current = l.current, make(map[string]int)
	if minutes > 1 {
		l.last = make(map[string]int)
	}
	l.began = l.began.Add(minutes * time.Minute)
}

// untilFreeLocked returns how long it takes until one more request is allowed, given the counts of the last and the
// current minute and the time since the latter began.
func (l *limiter) untilFreeLocked(last, current int, into time.Duration) time.Duration {
	wait := -into
	if current >= l.perMinute {
		// Not within this minute; in the next one, the current count becomes the last.
		wait, last, current = wait+time.Minute, current, 0
	}
	// This many of the last minute's requests must leave the window, assuming that they were evenly spread.
	if over := last - (l.perMinute - 1 - current); over > 0 {
		wait += (time.Minute*time.Duration(over) + time.Duration(last) - 1) / time.Duration(last) // rounded up
	}
	return max(wait, 0)
}
