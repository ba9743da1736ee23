package kv_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/internal/capi"
)

// numbers has the constants of this package under their names in kv.h.
var numbers = map[string]int{
	"KV_OK":              int(kv.OK),
	"KV_NOT_FOUND":       int(kv.ErrNotFound),
	"KV_CONFLICT":        int(kv.ErrConflict),
	"KV_DONE":            int(capi.Done),
	"KV_TIMEOUT":         int(kv.ErrTimeout),
	"KV_TOO_SMALL":       int(kv.ErrTooSmall),
	"KV_ERR_ARGUMENT":    int(kv.ErrArgument),
	"KV_ERR_HANDLE":      int(kv.ErrHandle),
	"KV_ERR_CLOSED":      int(kv.ErrClosed),
	"KV_ERR_BUSY":        int(kv.ErrBusy),
	"KV_ERR_QUOTA":       int(kv.ErrQuotaExceeded),
	"KV_ERR_FULL":        int(kv.ErrFull),
	"KV_ERR_TOO_LARGE":   int(kv.ErrTooLarge),
	"KV_ERR_NOT_INTEGER": int(kv.ErrNotInteger),
	"KV_ERR_NOT_JSON":    int(kv.ErrNotJSON),
	"KV_ERR_IO":          int(kv.ErrIO),
	"KV_ERR_READ_ONLY":   int(kv.ErrReadOnly),
	"KV_ERR_PERMISSION":  int(kv.ErrPermission),
	"KV_ERR_CORRUPT":     int(kv.ErrCorrupt),
	"KV_ERR_FORMAT":      int(kv.ErrFormat),
	"KV_ERR_UNSUPPORTED": int(kv.ErrUnsupported),
	"KV_ERR_UNAVAILABLE": int(kv.ErrUnavailable),
	"KV_ERR_CONFIG":      int(kv.ErrConfig),
	"KV_ERR_COMPACTED":   int(kv.ErrCompacted),
	"KV_ERR_POISONED":    int(kv.ErrPoisoned),
	"KV_ERR_FORKED":      int(kv.ErrForked),
	"KV_ERR_PANIC":       int(kv.ErrPanic),
	"KV_ERR_MEMORY":      int(kv.ErrMemory),
	"KV_ERR_CANCELLED":   int(kv.ErrCancelled),
	"KV_ERR_DEADLINE":    int(kv.ErrDeadline),

	"KV_EXPIRE_NX": int(kv.ExpireNX),
	"KV_EXPIRE_XX": int(kv.ExpireXX),
	"KV_EXPIRE_GT": int(kv.ExpireGT),
	"KV_EXPIRE_LT": int(kv.ExpireLT),

	"KV_TTL_NEVER":            capi.TTLNever,
	"KV_IF_ANY":               capi.IfAny,
	"KV_IF_ABSENT":            capi.IfAbsent,
	"KV_IF_PRESENT":           capi.IfPresent,
	"KV_IF_VERSION":           capi.IfVersion,
	"KV_EXPIRY_DEFAULT":       capi.ExpiryDefault,
	"KV_EXPIRY_AFTER":         capi.ExpiryAfter,
	"KV_EXPIRY_AT":            capi.ExpiryAt,
	"KV_EXPIRY_KEEP":          capi.ExpiryKeep,
	"KV_COPY_OVERWRITE":       capi.CopyOverwrite,
	"KV_COPY_KEEP":            capi.CopyKeep,
	"KV_COPY_REFUSE":          capi.CopyRefuse,
	"KV_SCAN_REVERSE":         capi.ScanReverse,
	"KV_SCAN_KEYS_ONLY":       capi.ScanKeysOnly,
	"KV_SCAN_GLOB":            capi.ScanGlob,
	"KV_SCAN_GLOB_REDIS":      capi.ScanGlobRedis,
	"KV_SCAN_LOWER_EXCLUSIVE": capi.ScanLowerExclusive,
	"KV_SCAN_UPPER_INCLUSIVE": capi.ScanUpperInclusive,
	"KV_SCAN_SNAPSHOT":        capi.ScanSnapshot,
	"KV_SCAN_SIZES":           capi.ScanSizes,
	"KV_DURABILITY_DEFAULT":   int(kv.DurabilityDefault),
	"KV_DURABILITY_NORMAL":    int(kv.DurabilityNormal),
	"KV_DURABILITY_FULL":      int(kv.DurabilityFull),
	"KV_EVENT_SET_LARGE":      int(kv.EventSetLarge),
	"KV_EVENT_SET":            int(kv.EventSet),
	"KV_EVENT_DELETE":         int(kv.EventDelete),
	"KV_EVENT_DELETE_GROUP":   int(kv.EventDeleteGroup),
	"KV_EVENT_EXPIRE":         int(kv.EventExpire),
	"KV_EVENT_SYNCED":         int(kv.EventSynced),
	"KV_EVENT_LAGGED":         int(kv.EventLagged),
	"KV_WATCH_GROUP_PREFIX":   capi.WatchGroupPrefix,
	"KV_WATCH_ANY_GROUP":      capi.WatchAnyGroup,
	"KV_WATCH_KEY_PREFIX":     capi.WatchKeyPrefix,
	"KV_WATCH_ANY_KEY":        capi.WatchAnyKey,
	"KV_WATCH_EXISTING":       capi.WatchExisting,
	"KV_WATCH_SINCE":          capi.WatchSince,

	"KV_IDEMPOTENCY_STARTED":     int(kv.IdempotencyStarted),
	"KV_IDEMPOTENCY_IN_PROGRESS": int(kv.IdempotencyInProgress),
	"KV_IDEMPOTENCY_COMPLETED":   int(kv.IdempotencyCompleted),
	"KV_IDEMPOTENCY_MISMATCH":    int(kv.IdempotencyMismatch),

	"KV_DURATION_BUCKETS":  capi.DurationBuckets,
	"KV_GROUP_BUCKETS":     capi.GroupBuckets,
	"KV_CALL_GET":          int(kv.CallGet),
	"KV_CALL_GET_MANY":     int(kv.CallGetMany),
	"KV_CALL_SET":          int(kv.CallSet),
	"KV_CALL_DELETE":       int(kv.CallDelete),
	"KV_CALL_TAKE":         int(kv.CallTake),
	"KV_CALL_INCREMENT":    int(kv.CallIncrement),
	"KV_CALL_APPEND":       int(kv.CallAppend),
	"KV_CALL_EXPIRE":       int(kv.CallExpire),
	"KV_CALL_SCAN":         int(kv.CallScan),
	"KV_CALL_COUNT":        int(kv.CallCount),
	"KV_CALL_DELETE_RANGE": int(kv.CallDeleteRange),
	"KV_CALL_BATCH":        int(kv.CallBatch),
	"KV_CALL_TRANSACTION":  int(kv.CallTransaction),
	"KV_CALL_WATCH":        int(kv.CallWatch),
	"KV_CALL_LOCK":         int(kv.CallLock),
	"KV_CALL_IDEMPOTENCY":  int(kv.CallIdempotency),
	"KV_CALL_STREAM":       int(kv.CallStream),
	"KV_CALL_TEXT":         int(kv.CallText),
	"KV_CALL_NAMESPACE":    int(kv.CallNamespace),
	"KV_CALL_COPY":         int(kv.CallCopy),
	"KV_CALL_MAINTENANCE":  int(kv.CallMaintenance),
	"KV_CALL_KINDS":        capi.CallKinds,

	"KV_LOG_OFF":     capi.LogOff,
	"KV_LOG_ERROR":   capi.LogError,
	"KV_LOG_WARN":    capi.LogWarn,
	"KV_LOG_INFO":    capi.LogInfo,
	"KV_LOG_DEBUG":   capi.LogDebug,
	"KV_TRACE_KEYS":  capi.TraceKeys,
	"KV_TRACE_BEGIN": capi.TraceBegin,
	"KV_TRACE_END":   capi.TraceEnd,

	"KV_VERSION_MAJOR":     capi.VersionMajor,
	"KV_VERSION_MINOR":     capi.VersionMinor,
	"KV_VERSION_PATCH":     capi.VersionPatch,
	"KV_VERSION_NUMBER":    capi.VersionNumber,
	"KV_ABI_VERSION":       capi.ABIVersion,
	"KV_ERROR_MESSAGE_LEN": capi.ErrorMessageLen,

	"KV_STREAM_LEN_MAX": capi.StreamLenMax,
	"KV_PIECE_LEN":      capi.PieceLen,
}

func TestEveryNumberOfTheHeaderIsHere(t *testing.T) {
	header, err := os.ReadFile("../../include/kv.h")
	ok(t, err)
	defined := regexp.MustCompile(`(?m)^#define (KV_[A-Z_]+) \(?(-?\d+)\)?$`).FindAllStringSubmatch(string(header), -1)
	for _, definition := range defined {
		number, there := numbers[definition[1]]
		if !there {
			t.Errorf("%s is not bound", definition[1])
		} else if strconv.Itoa(number) != definition[2] {
			t.Errorf("%s is %s in the header and %d here", definition[1], definition[2], number)
		}
	}
	equal(t, len(defined), len(numbers))
}

func TestAStatusSaysWhatItMeansAndIsItself(t *testing.T) {
	seen := map[string]bool{}
	for name, number := range numbers {
		if !strings.HasPrefix(name, "KV_ERR_") || name == "KV_ERROR_MESSAGE_LEN" {
			continue
		}
		status := kv.Status(number)
		if status.Error() == "" || seen[status.Error()] {
			t.Errorf("%s says %q", name, status.Error())
		}
		seen[status.Error()] = true
		is(t, fmt.Errorf("in context: %w", &kv.Error{Status: status}), status)
		equal(t, errors.Is(&kv.Error{Status: status}, kv.ErrNotFound), false)
		equal(t, (&kv.Error{Status: status}).Error(), status.Error())
	}
	equal(t, errors.Is(kv.ErrClosed, kv.ErrHandle), false)
	is(t, kv.ErrHandle, kv.ErrClosed)
}

func TestTheOperatingSystemsErrorIsBeneath(t *testing.T) {
	_, err := kv.Open(t.Context(), filepath.Join(t.TempDir(), "missing", "store.db"))
	is(t, err, kv.ErrIO)
	is(t, err, syscall.ENOENT)
	is(t, err, fs.ErrNotExist)
	var number syscall.Errno
	equal(t, errors.As(err, &number), true)
	equal(t, number, syscall.ENOENT)
	var detail *kv.Error
	equal(t, errors.As(err, &detail), true)
	if !strings.Contains(detail.Error(), "open") {
		t.Fatalf("it does not say what was attempted: %v", detail)
	}
}

func TestAnOutcomeHasNoOperatingSystemsError(t *testing.T) {
	_, err := openAt(t, "memory:").Get(t.Context(), "g", "k")
	var number syscall.Errno
	equal(t, errors.As(err, &number), false)
	equal(t, err.Error(), "kv: get g/k: not found")
}

func TestALocationThatIsNotUnderstoodIsErrArgumentAndNamed(t *testing.T) {
	for _, location := range []string{"sqlite:x.db?colour=blue", "sqlite:x.db?busy_timeout=soon"} {
		_, err := kv.Open(t.Context(), location)
		is(t, err, kv.ErrArgument)
		option := strings.FieldsFunc(location, func(r rune) bool { return r == '?' || r == '=' })[1]
		if !strings.Contains(err.Error(), option) {
			t.Fatalf("%s is not named: %v", option, err)
		}
	}
	for _, location := range []string{"", "a\x00b"} {
		_, err := kv.Open(t.Context(), location)
		is(t, err, kv.ErrArgument)
	}
	is(t, openFile(t).Backup(t.Context(), "a\x00b", nil), kv.ErrArgument)
}

func TestAFileThatIsSomethingElseIsRefusedAndStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter.txt")
	letter := strings.Repeat("Dear Ada, ", 1000)
	ok(t, os.WriteFile(path, []byte(letter), 0o600))
	_, err := kv.Open(t.Context(), path)
	if !errors.Is(err, kv.ErrFormat) && !errors.Is(err, kv.ErrCorrupt) {
		t.Fatalf("got %v", err)
	}
	equal(t, string(must(os.ReadFile(path))(t)), letter)
}
