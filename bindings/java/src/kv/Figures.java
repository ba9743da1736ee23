package kv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.reflect.RecordComponent;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The structures that a call fills with figures, as records. */
final class Figures {
    private Figures() {}

    /** A function of the library that fills a structure. */
    interface Call {
        int fill(Frame frame, MemorySegment structure);
    }

    /**
     * Returns what a call fills in. Each component of the record is the field of its name: {@code
     * fileBytes} is {@code file_bytes}, and {@code isReadOnly} is {@code read_only}.
     */
    static <R extends Record> R of(Store store, StructLayout layout, Class<R> type, Call call) {
        try (Frame frame = new Frame(store)) {
            MemorySegment structure = frame.sized(layout);
            frame.check(call.fill(frame, structure));
            RecordComponent[] components = type.getRecordComponents();
            Object[] values = Stream.of(components).map(it -> value(structure, layout, it)).toArray();
            return type.getDeclaredConstructor(Stream.of(components).map(RecordComponent::getType)
                    .toArray(Class<?>[]::new)).newInstance(values);
        } catch (ReflectiveOperationException raised) {
            throw new IllegalStateException(raised);
        }
    }

    /** Returns the name in kv.h of a component. */
    static String field(String component) {
        return component.replaceFirst("^is(?=[A-Z])", "").replaceAll("(?<=.)(?=[A-Z])", "_").toLowerCase();
    }

    private static Object value(MemorySegment structure, StructLayout layout, RecordComponent component) {
        PathElement field = PathElement.groupElement(field(component.getName()));
        long at = layout.byteOffset(field);
        MemoryLayout of = layout.select(field);
        if (of instanceof SequenceLayout) {
            return LongStream.range(0, ((SequenceLayout) of).elementCount())
                    .mapToObj(i -> structure.get(JAVA_LONG, at + i * Long.BYTES)).toList();
        }
        long number = of.byteSize() == Integer.BYTES ? structure.get(JAVA_INT, at) : structure.get(JAVA_LONG, at);
        if (component.getType() == boolean.class) {
            return number != 0;
        }
        return component.getType() == CallKind.class ? CallKind.of((int) number) : (Object) number;
    }
}
