package auth

import "time"

// SetLeaseTiming makes renewal leases faster for tests.
func (rp *RelyingParty) SetLeaseTiming(beat, poll time.Duration, still int, call time.Duration) {
	rp.leases = leaseTiming{beat: beat, poll: poll, still: still, call: call}
}
