package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// format begins what is packed, so that another one can be told from it.
const format = "accounts 1\n"

// unpackedMost bounds the memory that a packed list may take, in bytes.
const unpackedMost = 1 << 30

var errPacked = errors.New("ledger: not a packed list of accounts")

// reading is one whole read: its accounts sorted by id, and written as bytes.
type reading struct {
	accounts     []Account
	plain        []byte
	hash         string
	began, ended time.Time
}

func newReading(accounts []Account, began, ended time.Time) *reading {
	sorted := slices.Clone(accounts)
	slices.SortFunc(sorted, func(a, b Account) int { return strings.Compare(a.ID, b.ID) })
	sorted = slices.CompactFunc(sorted, func(a, b Account) bool { return a.ID == b.ID })
	plain := written(sorted)
	sum := sha256.Sum256(plain)
	return &reading{
		accounts: sorted, plain: plain, hash: hex.EncodeToString(sum[:]),
		// As they are stored.
		began: time.UnixMilli(began.UnixMilli()).UTC(), ended: time.UnixMilli(ended.UnixMilli()).UTC(),
	}
}

// written is the accounts as bytes: equal lists give equal bytes.
func written(accounts []Account) []byte {
	size := len(format)
	for i := range accounts {
		size += len(accounts[i].ID) + len(accounts[i].Email) + len(accounts[i].Name) + 8
	}
	b := append(make([]byte, 0, size), format...)
	for i := range accounts {
		a := &accounts[i]
		for _, text := range []string{a.ID, a.Email, a.Name} {
			b = binary.AppendUvarint(b, uint64(len(text)))
			b = append(b, text...)
		}
		if a.Enabled {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return b
}

// pack compresses written accounts.
func pack(plain []byte) ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, fmt.Errorf("ledger: pack: %w", err)
	}
	return w.EncodeAll(plain, nil), w.Close()
}

// unpack gives the accounts of what pack has made. Their texts share memory.
func unpack(packed []byte) ([]Account, error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(unpackedMost))
	if err != nil {
		return nil, fmt.Errorf("ledger: unpack: %w", err)
	}
	defer r.Close()
	plain, err := r.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPacked, err)
	}
	rest, known := bytes.CutPrefix(plain, []byte(format))
	if !known {
		return nil, errPacked
	}
	return parsed(string(rest))
}

func parsed(rest string) ([]Account, error) {
	var accounts []Account
	for rest != "" {
		var a Account
		for _, text := range []*string{&a.ID, &a.Email, &a.Name} {
			length, n := binary.Uvarint([]byte(rest[:min(len(rest), binary.MaxVarintLen64)]))
			if n <= 0 || length > uint64(len(rest)-n) { //nolint:gosec // n is at most the length of rest
				return nil, errPacked
			}
			end := n + int(length) //nolint:gosec // it is at most the length of rest
			*text, rest = rest[n:end], rest[end:]
		}
		if rest == "" || rest[0] > 1 {
			return nil, errPacked
		}
		a.Enabled, rest = rest[0] == 1, rest[1:]
		accounts = append(accounts, a)
	}
	return accounts, nil
}
