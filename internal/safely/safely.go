// Package safely runs what has nothing above it that catches a panic. Behind a request one would end the process, and
// with it the requests of everybody else.
package safely

import (
	"fmt"
	"runtime/debug"
)

// Do makes an error of a panic in run, with the stack in its text.
func Do[T any](run func() (T, error)) (value T, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
	}()
	return run()
}

// Run is [Do] for what gives nothing but an error.
func Run(run func() error) error {
	_, err := Do(func() (struct{}, error) { return struct{}{}, run() })
	return err
}
