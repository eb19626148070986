# Finds a JDK that can build and run JDB. Sourced by ./build and ./jetdb; POSIX sh.
#
# find_jdk prints the home of a JDK >= 25, or says on stderr where it looked and fails.
# Versions are read from each JDK's `release` file, so that no Java is started to look around.

JDB_JAVA_MIN=25

# The version in a JDK's release file as one number that orders like the version: 25.0.3 -> 25000003.
# Fails when the folder is no JDK.
jdk_version() {
    [ -f "$1/release" ] && [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 1
    while IFS= read -r jdk_line; do
        case $jdk_line in
            JAVA_VERSION=*) break ;;
        esac
    done <"$1/release"
    jdk_line=${jdk_line#JAVA_VERSION=}
    jdk_line=${jdk_line#\"}
    jdk_line=${jdk_line%%[!0-9.]*}
    jdk_major=${jdk_line%%.*}
    jdk_rest=${jdk_line#"$jdk_major"}
    jdk_rest=${jdk_rest#.}
    jdk_minor=${jdk_rest%%.*}
    jdk_rest=${jdk_rest#"$jdk_minor"}
    jdk_rest=${jdk_rest#.}
    jdk_patch=${jdk_rest%%.*}
    [ -n "$jdk_major" ] || return 1
    echo $((jdk_major * 1000000 + ${jdk_minor:-0} * 1000 + ${jdk_patch:-0}))
}

# Succeeds when the folder is a JDK that is new enough.
jdk_fits() {
    jdk_found=$(jdk_version "$1") && [ "$jdk_found" -ge $((JDB_JAVA_MIN * 1000000)) ]
}

find_jdk() {
    # A JDK that was named for us alone is taken or refused, never replaced in silence.
    if [ -n "${JDB_JAVA_HOME:-}" ]; then
        jdk_fits "$JDB_JAVA_HOME" && echo "$JDB_JAVA_HOME" && return 0
        echo "JDB_JAVA_HOME=$JDB_JAVA_HOME is not a JDK $JDB_JAVA_MIN or newer (a JDK has bin/javac and a release file)." >&2
        return 1
    fi
    if [ -n "${JAVA_HOME:-}" ] && jdk_fits "$JAVA_HOME"; then
        echo "$JAVA_HOME"
        return 0
    fi
    jdk_best=
    jdk_best_version=$((JDB_JAVA_MIN * 1000000 - 1))
    for jdk_home in /usr/lib/jvm/* /opt/* /Library/Java/JavaVirtualMachines/*/Contents/Home \
        "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
        jdk_found=$(jdk_version "$jdk_home") || continue
        if [ "$jdk_found" -gt "$jdk_best_version" ]; then
            jdk_best=$jdk_home
            jdk_best_version=$jdk_found
        fi
    done
    if [ -n "$jdk_best" ]; then
        echo "$jdk_best"
        return 0
    fi
    cat >&2 <<END
JDB needs a JDK $JDB_JAVA_MIN or newer, and none was found. Looked at:
  JDB_JAVA_HOME (not set)
  JAVA_HOME (${JAVA_HOME:-not set})
  /usr/lib/jvm/*, /opt/*, /Library/Java/JavaVirtualMachines/*/Contents/Home,
  ~/.sdkman/candidates/java/*, ~/.jdks/*
Install one, for example with your system's package manager:
  apt-get install temurin-25-jdk    or    apt-get install openjdk-25-jdk
  dnf install java-25-openjdk-devel
  brew install openjdk@25
or unpack any JDK and set JDB_JAVA_HOME to its folder.
END
    return 1
}
