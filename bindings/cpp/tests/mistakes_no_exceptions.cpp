// Mistakes that the compiler must find without exceptions: each call that throws, where the message names
// the form that does not. See mistakes.cpp.
#include <kv.hpp>

void mistakes(kv::store &store);
void mistakes(kv::store &store) {
    (void)store.try_get("g", "k");
    kv::cursor cursor = *store.try_scan("g");

    (void)store.get("g", "k");
    // refused: a throwing call: without exceptions, use the try_ form
    kv::store opened("memory:");
    // refused: a throwing constructor: without exceptions, use the try_ form
    kv::batch batch;
    // refused: a throwing batch: without exceptions, use the try_ form
    kv::bound_store bound(store);
    // refused: a throwing bound store: without exceptions, use the try_ form
    for (kv::entry &entry : cursor) (void)entry;
    // refused: a loop that throws: without exceptions, use the try_ form
    (void)store.try_get("g", "k").value();
    // refused: value(): without exceptions, use the try_ form
    kv::write_stream(*store.try_writer("g", "k")).commit();
    // refused: a commit of a stream: without exceptions, use the try_ form
}
