import java.time.Duration;
import kv.Kv;
import kv.Store;

/** Opens a store, writes two values, reads one and closes it. */
public final class Quickstart {
    public static void main(String[] arguments) {
        try (Store store = Kv.open(arguments.length > 0 ? arguments[0] : "app.db")) {
            store.set("config", "colour", "blue");
            store.set("codes", "ada", "4711", Duration.ofMinutes(1));
            System.out.println("colour = " + store.getString("config", "colour").orElseThrow());
        }
    }
}
