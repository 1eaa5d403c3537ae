package storage_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/cache"

	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

var _ cache.ContextCache = (*storage.Redis)(nil)

func redis(t *testing.T) *storage.Redis {
	t.Helper()
	r, err := storage.OpenRedis(storagetest.RedisURL(t), "test:"+t.Name()+":", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestRedisKeepsTokens(t *testing.T) {
	r := redis(t)
	if err := r.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := r.Get("token"); v != nil {
		t.Fatalf("a miss is %T", v)
	}
	if err := r.Set("token", "abc", time.Minute); err != nil {
		t.Fatal(err)
	}
	if v, ok := r.Get("token").(string); !ok || v != "abc" || !r.IsExist("token") {
		t.Fatalf("%v %v", v, ok)
	}
	r.Set("token", "for ever", 0)
	r.Set("other", "for ever", -time.Hour)
	if v := r.Get("token"); v != "abc" || r.IsExist("other") {
		t.Fatalf("a time of nothing was kept: %v", v)
	}
	if err := r.Delete("token"); err != nil || r.IsExist("token") {
		t.Fatal(err)
	}
}

func TestRedisLimitsAllReplicas(t *testing.T) {
	a, b := redis(t), redis(t)
	var passed atomic.Int64
	var wg sync.WaitGroup
	for i := range 40 {
		r := []*storage.Redis{a, b}[i%2]
		wg.Go(func() {
			// Under load an answer may come late; then nothing is known and nothing has passed.
			ok, after, err := r.Allow(t.Context(), "k", 20, time.Hour)
			switch {
			case ok:
				passed.Add(1)
			case err == nil && after <= 0:
				t.Error("refused without a time")
			}
		})
	}
	wg.Wait()
	if n := passed.Load(); n > 5 {
		t.Fatalf("%d passed at once, 5 may", n)
	}
	if ok, after, err := a.Allow(t.Context(), "k", 0, time.Hour); ok || after != time.Hour || err != nil {
		t.Fatal(ok, after, err)
	}
}

// A Redis that is not there costs its time limit and nothing else.
func TestRedisDown(t *testing.T) {
	r, err := storage.OpenRedis("unix://"+filepath.Join(t.TempDir(), "nobody"), "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx := context.Background()
	if err := r.SetContext(ctx, "k", "v", time.Minute); err != nil {
		t.Fatal(err)
	}
	if r.GetContext(ctx, "k") != nil || r.IsExistContext(ctx, "k") || r.DeleteContext(ctx, "k") != nil {
		t.Fatal("answers from nowhere")
	}
	if err := r.Ping(ctx); err == nil {
		t.Fatal("a sign of life")
	}
	if _, _, err := r.Allow(ctx, "k", 1, time.Minute); err == nil {
		t.Fatal("a count from nowhere")
	}
	if _, err := storage.OpenRedis("http://u:geheim@x", "", nil); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Fatal(err)
	}
}
