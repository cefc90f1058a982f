//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpu is how much time of the processors this process has used, with what it
// asked of the system and with collecting garbage.
func cpu() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
