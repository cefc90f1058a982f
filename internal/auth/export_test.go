package auth

import "time"

// SetPace makes the turns of replicas faster than a test's patience.
func (rp *RelyingParty) SetPace(beat, poll time.Duration, still int, call time.Duration) {
	rp.pace = pace{beat: beat, poll: poll, still: still, call: call}
}
