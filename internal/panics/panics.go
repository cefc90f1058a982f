// Package panics turns a panic into an error, for goroutines that no HTTP handler
// is above: there, a panic would end the process and every request in it.
package panics

import (
	"fmt"
	"runtime/debug"
)

// CatchValue calls run and returns what it returns. If run panics, the error has
// the panic's value and the stack in its text.
func CatchValue[T any](run func() (T, error)) (value T, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
	}()
	return run()
}

// Catch is [CatchValue] for a function that returns only an error.
func Catch(run func() error) error {
	_, err := CatchValue(func() (struct{}, error) { return struct{}{}, run() })
	return err
}
