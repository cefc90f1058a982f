package wallaroo_test

import (
	"encoding/json"
	"testing"

	"wallaroo-user-admin/internal/wallaroo"
)

func TestABooleanOfJSONIsTrueFalseOrUnknown(t *testing.T) {
	type answer struct{ Enabled wallaroo.Bool }
	for text, want := range map[string]wallaroo.Bool{
		`{"Enabled":true}`: wallaroo.True, `{"Enabled":false}`: wallaroo.False, `{"Enabled":null}`: wallaroo.Unknown,
	} {
		got := answer{wallaroo.True}
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.Enabled != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
		if back, err := json.Marshal(got); err != nil || string(back) != text {
			t.Errorf("%s became %s, %v", text, back, err)
		}
	}
	var got answer
	if err := json.Unmarshal([]byte(`{}`), &got); err != nil || got.Enabled != wallaroo.Unknown {
		t.Errorf("nothing is %v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"Enabled":"false"}`), &got); err == nil {
		t.Error("a text is a boolean")
	}
}
