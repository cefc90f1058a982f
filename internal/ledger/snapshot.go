package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// unpackedMost bounds the memory that a packed list may take, in bytes.
const unpackedMost = 1 << 30

// snapshot is one whole read: its accounts sorted by id, and as JSON.
type snapshot struct {
	accounts     []Account
	json         []byte
	hash         string // of json
	began, ended time.Time
}

func newSnapshot(accounts []Account, began, ended time.Time) (*snapshot, error) {
	sorted := slices.Clone(accounts)
	slices.SortFunc(sorted, func(a, b Account) int { return strings.Compare(a.ID, b.ID) })
	sorted = slices.CompactFunc(sorted, func(a, b Account) bool { return a.ID == b.ID })
	text, err := json.Marshal(sorted)
	if err != nil {
		return nil, fmt.Errorf("ledger: write the accounts: %w", err)
	}
	sum := sha256.Sum256(text)
	// The times are as they are stored.
	return &snapshot{sorted, text, hex.EncodeToString(sum[:]), began.UTC().Truncate(time.Millisecond), ended.UTC().Truncate(time.Millisecond)}, nil
}

// pack compresses the accounts for the database.
func (s *snapshot) pack() ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, fmt.Errorf("ledger: pack: %w", err)
	}
	return w.EncodeAll(s.json, nil), w.Close()
}

// unpack returns the accounts of what pack has made.
func unpack(packed []byte) (accounts []Account, err error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(unpackedMost))
	if err != nil {
		return nil, fmt.Errorf("ledger: unpack: %w", err)
	}
	defer r.Close()
	text, err := r.DecodeAll(packed, nil)
	if err == nil {
		err = json.Unmarshal(text, &accounts)
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: unpack: %w", err)
	}
	return accounts, nil
}
