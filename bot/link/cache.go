package link

import (
	"context"
	"sync"
	"time"
)

// Cache keeps short-lived values, shared by the replicas through Redis or of one process
// (NewMemoryCache). It is a convenience: a Cache that is away gives nil and keeps nothing.
// Implementations are safe for concurrent use.
type Cache interface {
	// GetContext gives the value, or an untyped nil when there is none.
	GetContext(ctx context.Context, key string) any
	// SetContext keeps a value for a time; with none left it keeps nothing.
	SetContext(ctx context.Context, key string, value any, timeout time.Duration) error
	DeleteContext(ctx context.Context, key string) error
}

// MemoryCache is a Cache of one process; it is the wechat library's cache.ContextCache too, whose own
// reads its map without the lock, which ends the process under load. Safe for concurrent use.
type MemoryCache struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[string]kept
}

type kept struct {
	value any
	until time.Time
}

var _ Cache = (*MemoryCache)(nil)

// NewMemoryCache makes an empty cache on a clock.
func NewMemoryCache(now func() time.Time) *MemoryCache {
	return &MemoryCache{now: now, kept: map[string]kept{}}
}

// Get gives the value, or nil when there is none any more.
func (c *MemoryCache) Get(key string) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.kept[key]
	if !ok {
		return nil
	}
	if !c.now().Before(k.until) {
		delete(c.kept, key)
		return nil
	}
	return k.value
}

// Set keeps a value for a time; with none left it forgets the key.
func (c *MemoryCache) Set(key string, value any, timeout time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if timeout <= 0 {
		delete(c.kept, key)
		return nil
	}
	c.kept[key] = kept{value, c.now().Add(timeout)}
	return nil
}

// IsExist says whether Get would give a value.
func (c *MemoryCache) IsExist(key string) bool { return c.Get(key) != nil }

// Delete forgets a key.
func (c *MemoryCache) Delete(key string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.kept, key)
	return nil
}

// GetContext is Get.
func (c *MemoryCache) GetContext(_ context.Context, key string) any { return c.Get(key) }

// SetContext is Set.
func (c *MemoryCache) SetContext(_ context.Context, key string, value any, timeout time.Duration) error {
	return c.Set(key, value, timeout)
}

// IsExistContext is IsExist.
func (c *MemoryCache) IsExistContext(_ context.Context, key string) bool { return c.IsExist(key) }

// DeleteContext is Delete.
func (c *MemoryCache) DeleteContext(_ context.Context, key string) error { return c.Delete(key) }
